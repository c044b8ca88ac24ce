// A server of an old version, as far as a client can tell: it says so, and leaves when it is told to.
import { stdin, stdout } from "node:process";

let received = "";
stdin.setEncoding("utf8");
stdin.on("data", (data) => {
  received += data;
  for (
    let found = /Content-Length: (\d+)\r\n\r\n/.exec(received);
    found !== null;
    found = /Content-Length: (\d+)\r\n\r\n/.exec(received)
  ) {
    const start = found.index + found[0].length;
    const end = start + Number(found[1]); // every message of this exchange is ASCII
    if (received.length < end) {
      return;
    }
    answer(JSON.parse(received.slice(start, end)));
    received = received.slice(end);
  }
});

function answer({ id, method }) {
  if (method === "exit") {
    process.exit(0);
  }
  if (id !== undefined) {
    const result =
      method === "initialize" ? { capabilities: {}, serverInfo: { name: "twice", version: "0.0.1" } } : null;
    const body = JSON.stringify({ jsonrpc: "2.0", id, result });
    stdout.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  }
}
