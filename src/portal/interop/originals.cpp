// Files as they were uploaded: what a table was read from, under its own name. Whoever may read the
// table may have it.
#include "parts.hpp"
#include "tables.hpp"
#include "uploads/uploads.hpp"

namespace minben::interop {

namespace {

Result<net::Response> original(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(table, readable_table(parts, request, std::string(request.parameter("resource")),
                                   Use::download));
  std::optional<int> version;
  if (request.query.has("version")) {
    const auto number = parse_integer(request.query.get("version"), 1, 1'000'000'000);
    if (!number) return fail(Kind::invalid, "out_of_range", "a version from 1 on", "version");
    version = static_cast<int>(*number);
  }
  MINBEN_TRY(file, parts.tables.original(table, version));
  net::Response response = net::Response::send_file(file.file, uploads::media_type(file));
  // The name is what somebody's browser said. RFC 6266 with the encoded form only carries any.
  response.headers.set("Content-Disposition",
                       "attachment; filename*=UTF-8''" + net::percent_encode(file.name));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  response.headers.set("ETag", "\"" + file.sha256 + "\"");
  return response;
}

}  // namespace

void add_originals(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  add_get(routes, parts, access, "/datastore/original/{resource}", original);
}

}  // namespace minben::interop
