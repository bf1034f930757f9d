// Server-sent events from a response body, as the HTML standard parses them.

export interface Frame {
  id: string;
  data: string;
}

/** Thrown when nothing, not even a keep-alive comment, came for too long. */
export class Silence extends Error {}

/** The gateway sends a comment every 15 s; after three missed ones the connection counts as lost. */
const silenceMs = 45_000;

async function readWithin<T>(read: Promise<T>): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Silence()), silenceMs);
  });
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Yields each event; an event that the end of the stream cuts is not one. Rejects when the connection breaks. */
export async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<Frame> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  let id = "";
  let data: string[] = [];
  try {
    for (;;) {
      const chunk = await readWithin(reader.read());
      if (chunk.done) return;
      buffer += decoder.decode(chunk.value, { stream: true });
      // A carriage return at the very end may be the first half of a CRLF: it waits for the next chunk.
      for (let m; (m = /\r\n|\n|\r(?!$)/.exec(buffer)); ) {
        const line = buffer.slice(0, m.index);
        buffer = buffer.slice(m.index + m[0].length);
        if (line === "") {
          if (data.length) yield { id, data: data.join("\n") };
          data = [];
          continue;
        }
        const colon = line.indexOf(":");
        const name = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (name === "data") data.push(value);
        else if (name === "id" && !value.includes("\0")) id = value;
      }
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}
