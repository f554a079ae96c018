#include "ledger/ledger.hpp"

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

}  // namespace

std::vector<net::Route> log_routes(const Log& log, std::string_view prefix, net::Access access) {
  const auto checkpoint = [&log](net::Request&) {
    net::Response response = net::Response::text(log.checkpoint());
    response.headers.set("Cache-Control", "no-cache");
    return response;
  };
  const auto tile = [&log](net::Request& request) {
    return serve_tile(log, request.parameter("path"));
  };
  const auto key = [&log](net::Request&) {
    net::Response response = net::Response::text(log.vkey() + "\n");
    response.headers.set("Content-Disposition", "attachment; filename=\"ledger.vkey\"");
    return response;
  };
  return {{net::Method::get, fmt::format("{}/checkpoint", prefix), access, no_body, checkpoint},
          {net::Method::get, fmt::format("{}/tile/{{path...}}", prefix), access, no_body, tile},
          {net::Method::get, fmt::format("{}/vkey", prefix), access, no_body, key}};
}

}  // namespace minben::ledger
