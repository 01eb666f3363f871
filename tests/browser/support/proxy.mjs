// A web server that shows another one below a path of its own.
import { createServer, request } from 'node:http';

/** @param {string} url of the server behind @param {string} prefix "/pictures/" @returns {Promise<{url: string, stop: () => Promise<void>}>} */
export async function proxy(url, prefix) {
  const behind = new URL(url);
  const server = createServer((asked, answer) => {
    if (!asked.url.startsWith(prefix)) {
      answer.writeHead(404).end();
      return;
    }
    const passed = request({ hostname: behind.hostname, port: behind.port, path: `/${asked.url.slice(prefix.length)}`, method: asked.method, headers: asked.headers },
      (response) => {
        answer.writeHead(response.statusCode, response.headers);
        response.pipe(answer);
      });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
