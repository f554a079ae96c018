// The platform moves to another address: what it publishes itself moves with it.
#include <fmt/format.h>

#include "catalogue.hpp"
#include "rows.hpp"

namespace minben::catalogue {

namespace {

constexpr Query find_origin{"catalogue_origin", "select origin from catalogue.identity"};
constexpr Query set_origin{"catalogue_set_origin", "update catalogue.identity set origin = $1"};
// In JSON an address is a string of its own, and an origin has nothing that JSON escapes.
constexpr Query move_datasets{"catalogue_move", R"(
  update catalogue.dataset set document = replace(document, $1, $2), draft = replace(draft, $1, $2),
    revision = revision + 1, position = nextval('catalogue.position')
  where strpos(document, $1) > 0 or strpos(draft, $1) > 0)"};
constexpr Query move_versions{"catalogue_move_versions", R"(
  update catalogue.version set document = replace(document, $1, $2)
  where strpos(document, $1) > 0)"};

}  // namespace

Result<std::int64_t> Catalogue::move_to(store::Transaction& tx, std::string_view origin) const {
  if (origin.empty() || origin.ends_with('/') || origin.find_first_of("\"\\ ") != origin.npos)
    return fail(Kind::invalid, "bad_origin", "scheme, host and port without a path", "/origin");
  MINBEN_CHECK(take_turn(tx));
  MINBEN_TRY(rows, tx.run(find_origin));
  const std::string before = rows.front().text("origin");
  if (before == origin) return 0;
  MINBEN_CHECK(tx.run(set_origin, origin));
  if (before.empty()) return 0;
  const std::string from = fmt::format("\"{}/", before), to = fmt::format("\"{}/", origin);
  MINBEN_TRY(moved, tx.run(move_datasets, from, to));
  MINBEN_CHECK(tx.run(move_versions, from, to));
  return static_cast<std::int64_t>(moved.affected());
}

}  // namespace minben::catalogue
