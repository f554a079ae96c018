#include "ledger/logs.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t no_body = 0;

/// Tiles never change once they are written; partial ones go when they are full, so caches need
/// not keep them for long. The checkpoint always may change.
net::Response cached(net::Response response, const Tile& tile) {
  const bool full = tile.width == static_cast<int>(tile_width);
  response.headers.set("Cache-Control",
                       full ? "public, max-age=31536000, immutable" : "public, max-age=60");
  return response;
}

net::Response serve_tile(const Log& log, std::string_view rest) {
  const auto tile = parse_tile_path(fmt::format("tile/{}", rest));
  if (!tile) return net::Response::problem(tile.error());
  const auto content = log.tile(*tile);
  if (!content) return net::Response::problem(content.error());
  if (!*content)
    return net::Response::problem(Error{Kind::not_found, "no_such_tile", {}, {}, 0, 0});
  return cached(net::Response::bytes(std::string(as_text(**content)), "application/octet-stream"),
                *tile);
}

/// Of which log a request is.
using LogOf = std::function<Result<const Log*>(const net::Request&)>;

net::Handler of(const LogOf& log, std::function<net::Response(const Log&, net::Request&)> answer) {
  return [log, answer = std::move(answer)](net::Request& request) {
    const auto found = log(request);
    return found ? answer(**found, request) : net::Response::problem(found.error());
  };
}

net::Response checkpoint(const Log& log, net::Request&) {
  net::Response response = net::Response::text(log.checkpoint());
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

net::Response key_file(std::string keys) {
  net::Response response = net::Response::text(std::move(keys));
  response.headers.set("Content-Disposition", "attachment; filename=\"ledger.vkey\"");
  return response;
}

net::Response key(const Log& log, net::Request&) { return key_file(log.vkey() + "\n"); }

std::vector<net::Route> routes_of(const LogOf& log, std::string_view prefix, net::Access access) {
  const auto tile = [](const Log& found, net::Request& request) {
    return serve_tile(found, request.parameter("path"));
  };
  return {{net::Method::get, fmt::format("{}/checkpoint", prefix), access, no_body,
           of(log, checkpoint)},
          {net::Method::get, fmt::format("{}/tile/{{path...}}", prefix), access, no_body,
           of(log, tile)},
          {net::Method::get, fmt::format("{}/vkey", prefix), access, no_body, of(log, key)}};
}

}  // namespace

std::vector<net::Route> log_routes(const Log& log, std::string_view prefix, net::Access access) {
  return routes_of([&log](const net::Request&) -> Result<const Log*> { return &log; }, prefix,
                   access);
}

std::vector<net::Route> log_routes(const Logs& logs, std::string_view prefix, net::Access access) {
  const auto numbered = [&logs](const net::Request& request) -> Result<const Log*> {
    const auto number = parse_integer(request.parameter("number"), 2);
    // The next one may have been begun by another process.
    if (number && *number <= logs.current().first + 1) return logs.log(static_cast<int>(*number));
    return fail(Kind::not_found, "no_such_log", "the ledger has no such log");
  };
  auto routes = routes_of(
      [&logs](const net::Request&) -> Result<const Log*> { return logs.log(1); }, prefix, access);
  std::ranges::move(routes_of(numbered, fmt::format("{}/{{number}}", prefix), access),
                    std::back_inserter(routes));
  routes.push_back({net::Method::get, fmt::format("{}/keys", prefix), access, no_body,
                    [&logs](net::Request&) { return key_file(logs.vkeys()); }});
  return routes;
}

}  // namespace minben::ledger
