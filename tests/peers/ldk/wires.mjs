// LDK's peers over TCP on the loopback interface.
import * as ldk from "lightningdevkit/one.mjs";
import * as net from "node:net";

const HOST = "127.0.0.1";
const none = () => ldk.Option_SocketAddressZ.constructor_none();

export class Wires {
  constructor(peers, pump) {
    this.peers = peers;
    this.pump = pump;
    this.count = 0n;
    this.descriptors = new Map(); // kept: the WASM side has a weak reference only
  }

  // On any port that is free; returns which.
  listen() {
    this.server = net.createServer((socket) => {
      const descriptor = this.#attach(socket);
      if (!this.peers.new_inbound_connection(descriptor, none()).is_ok()) socket.destroy();
    });
    return new Promise((resolve, reject) => {
      this.server.on("error", reject);
      this.server.listen(0, HOST, () => resolve(this.server.address().port));
    });
  }

  // Whoever dials from now on is refused; the connections that are there go on.
  stopListening() {
    this.server.close();
  }

  connect(nodeId, port) {
    const socket = net.connect(port, HOST);
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => {
        const descriptor = this.#attach(socket);
        const begun = this.peers.new_outbound_connection(nodeId, descriptor, none());
        if (!begun.is_ok()) {
          socket.destroy();
          reject(new Error("LDK refused to begin the handshake"));
          return;
        }
        socket.write(begun.res);
        resolve();
      });
    });
  }

  #attach(socket) {
    const id = this.count++;
    let full = false;
    const descriptor = ldk.SocketDescriptor.new_impl({
      send_data(data, resumeReading) {
        if (resumeReading) socket.resume();
        if (full || socket.destroyed) return 0;
        full = !socket.write(data);
        return data.length;
      },
      disconnect_socket: () => socket.destroy(),
      eq: (other) => other.hash() === id,
      hash: () => id,
    });
    this.descriptors.set(id, descriptor);
    socket.setNoDelay(true);
    socket.on("drain", () => {
      full = false;
      if (!this.peers.write_buffer_space_avail(descriptor).is_ok()) socket.destroy();
    });
    socket.on("data", (data) => {
      const read = this.peers.read_event(descriptor, data);
      if (!read.is_ok()) socket.destroy();
      else if (read.res) socket.pause();
      this.pump();
    });
    socket.on("error", () => {}); // "close" follows
    socket.once("close", () => {
      this.peers.socket_disconnected(descriptor);
      this.descriptors.delete(id);
      this.pump();
    });
    return descriptor;
  }
}
