// An LDK node as a child process: requests come in on stdin as JSON lines and are answered on
// stdout, where events stand between the answers. Anything else goes to stderr.
//
//   node main.mjs '{"seed": "11...", "folder": "...", ...}'      (settings: see `LdkSettings` in ldk.py)
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as readline from "node:readline";

console.log = console.error; // LDK's banner

const ldk = await import("lightningdevkit/one.mjs");
const wasm = createRequire(import.meta.url).resolve("lightningdevkit/liblightningjs.wasm");
await ldk.initializeWasmFromBinary(fs.readFileSync(wasm));

const { Node } = await import("./node.mjs");
const { commands } = await import("./commands.mjs");
const { say, toHex } = await import("./values.mjs");

const node = new Node(JSON.parse(process.argv[2]));
const port = await node.wires.listen();

const answer = async (line) => {
  const { number, command, fields } = JSON.parse(line);
  try {
    const result = await commands[command](node, fields);
    node.pump(); // before the answer, so that what the command caused is told before it
    say({ number, result: result ?? null });
  } catch (error) {
    // A panic leaves LDK's locks taken: nothing that follows would be true.
    if (error instanceof WebAssembly.RuntimeError) throw error;
    say({ number, error: error.message });
  }
};

let last = Promise.resolve();
const requests = readline.createInterface({ input: process.stdin });
requests.on("line", (line) => {
  last = last.then(() => answer(line));
});
// The driver is gone, or wants this to be gone: end here, as in a crash.
requests.on("close", () => process.exit(0));

say({
  event: "Started",
  node_id: toHex(node.manager.get_our_node_id()),
  port,
  wallet_script: toHex(node.wallet.script),
});
