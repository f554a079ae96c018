// An agency's information system: asks over HTTP what it is told to, from inside the agency's host.
process.on('message', async ({ id, url, headers }) => {
  const began = performance.now();
  const answer = await fetch(url, { headers })
    .then(async (response) => ({ status: response.status, error: response.headers.get('X-Road-Error') ?? '',
      body: await response.json() }), (error) => ({ status: 0, error: String(error.cause ?? error), body: {} }));
  process.send({ id, seconds: (performance.now() - began) / 1000, ...answer });
});
process.send('here');
