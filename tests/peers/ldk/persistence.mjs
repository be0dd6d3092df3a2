// A node's files: one per channel monitor and one for the channel manager, in the node's folder.
//
// They are written before the process does anything else, so that killing it between two commands
// leaves what a crash would leave; and a copy of the folder is a node as it was at that time.
import * as ldk from "lightningdevkit/one.mjs";
import * as fs from "node:fs";
import * as path from "node:path";
import { keep, toHex, unwrap } from "./values.mjs";

const MANAGER = "manager";
const MONITOR = "monitor_";

export class Files {
  constructor(folder) {
    this.folder = folder;
    this.persist = keep(
      ldk.Persist.new_impl({
        persist_new_channel: (funding, monitor) => this.#saveMonitor(funding, monitor),
        update_persisted_channel: (funding, _update, monitor) => this.#saveMonitor(funding, monitor),
        archive_persisted_channel() {},
      }),
    );
  }

  // Whether a node lived here before.
  known() {
    return fs.existsSync(path.join(this.folder, MANAGER));
  }

  saveManager(manager) {
    this.#write(MANAGER, manager.write());
  }

  manager() {
    return fs.readFileSync(path.join(this.folder, MANAGER));
  }

  monitors(keys) {
    const names = fs.readdirSync(this.folder).filter((name) => name.startsWith(MONITOR));
    return names.sort().map((name) => {
      const read = ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelMonitorZ_read(
        fs.readFileSync(path.join(this.folder, name)),
        keys.as_EntropySource(),
        keys.as_SignerProvider(),
      );
      return keep(unwrap(read, `read ${name}`).get_b());
    });
  }

  #saveMonitor(funding, monitor) {
    this.#write(`${MONITOR}${toHex(funding.get_txid())}_${funding.get_index()}`, monitor.write());
    return ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
  }

  // Renamed into place: a kill in the middle leaves the file as it was.
  #write(name, bytes) {
    const target = path.join(this.folder, name);
    fs.writeFileSync(`${target}.new`, bytes);
    fs.renameSync(`${target}.new`, target);
  }
}
