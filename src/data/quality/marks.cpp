// Badges in the index of this node, so that people can narrow a search to them.
#include "impl.hpp"

namespace minben::quality {

namespace {

// What a transaction wrote that was open at the last look is not missed: `changed` names it, and
// the next look begins with the oldest that was open.
constexpr Query find_changed{"quality_changed", R"(
  select dataset_id, badge, badge_since is not null as checked, broken
  from quality.dataset where changed >= $1::xid8)"};
constexpr Query oldest_open{"quality_oldest_open",
                            "select pg_snapshot_xmin(pg_current_snapshot())::text as id"};

}  // namespace

Result<std::string> Quality::Impl::mark(catalogue::Index& index, const std::string& since) const {
  MINBEN_TRY(now, database.run(oldest_open));
  MINBEN_TRY(rows, database.run(find_changed, since));
  for (const store::Row row : rows) {
    std::vector<std::string> marks;
    const std::string badge = row.text("badge");
    if (row.boolean("checked")) marks.push_back(badge == "none" ? "no_badge" : badge);
    if (row.integer("broken") > 0) marks.emplace_back("broken");
    index.mark(row.id<DatasetId>("dataset_id"), std::move(marks));
  }
  return now.front().text("id");
}

}  // namespace minben::quality
