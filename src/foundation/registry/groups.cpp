// Groups of subsystems, which access rules name together.
#include <set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::registry {

namespace {

using exchange::Group;
using exchange::GroupCode;

constexpr std::size_t max_name = 200;  ///< bytes

constexpr Query published_groups{
    "registry_published_groups",
    "select content from registry.consumer_group where ended_at is null order by code"};
constexpr Query list_groups{"registry_list_groups", R"(
  select code, changed_at, changed_by from registry.consumer_group where ended_at is null)"};
constexpr Query put{"registry_put_group", R"(
  insert into registry.consumer_group (code, content, changed_at, changed_by)
  values ($1, $2, $3, $4)
  on conflict (code) do update set content = excluded.content, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by, ended_at = null, ended_by = null)"};
constexpr Query end_one{"registry_end_group", R"(
  update registry.consumer_group set ended_at = $2, ended_by = $3
  where code = $1 and ended_at is null)"};
constexpr Query end_rules_for{"registry_end_rules_for_group", R"(
  update registry.rule set ended_at = $2, ended_by = $3
  where content->>'group' = $1 and ended_at is null)"};

bool has(const Configuration& configuration, const exchange::SubsystemId& id) {
  const exchange::Member* member = configuration.member(id.member);
  return member && id.instance == configuration.instance &&
         id.member_class == member->member_class &&
         std::ranges::find(member->subsystems, id.subsystem) != member->subsystems.end();
}

Result<void> check(const Configuration& configuration, const Group& group) {
  const auto bad = [](std::string_view field, std::string_view why) {
    return fail(Kind::invalid, "bad_group", why, field);
  };
  if (group.code.value.empty()) return bad("code", "a short name: [a-z0-9][a-z0-9._-]{0,63}");
  for (const std::string* name : {&group.name.zh_hant, &group.name.en})
    if (name->empty() || name->size() > max_name) return bad("name", "1 to 200 bytes, twice");
  if (group.subsystems.empty() || group.subsystems.size() > max_group)
    return bad("subsystems", fmt::format("1 to {}", max_group));
  std::set<exchange::SubsystemId> seen;
  for (const exchange::SubsystemId& id : group.subsystems) {
    if (!has(configuration, id))
      return fail(Kind::invalid, "unknown_subsystem", to_string(id), "subsystems");
    if (!seen.insert(id).second) return bad("subsystems", "one is named twice");
  }
  return {};
}

}  // namespace

Result<void> add_groups(Transaction& tx, Configuration& out) {
  MINBEN_TRY(rows, tx.run(published_groups));
  for (const auto row : rows) {
    auto group = exchange::group_from_json(row.json("content"));
    if (!group) {
      spdlog::error("registry: a group is unreadable: {}", describe(group.error()));
      continue;
    }
    if (out.group(group->code)) continue;  // the base has it by now
    std::erase_if(group->subsystems,
                  [&](const exchange::SubsystemId& id) { return !has(out, id); });
    out.groups.push_back(std::move(*group));
  }
  return {};
}

Result<std::vector<RegisteredGroup>> Registry::groups() {
  MINBEN_TRY(now, published());
  MINBEN_TRY(rows, impl_->database.run(list_groups));
  std::map<std::string, Act> changed;
  for (const auto row : rows)
    changed.emplace(row.text("code"), act_of(row, "changed_at", "changed_by"));
  std::vector<RegisteredGroup> all;
  for (const Group& group : now->configuration->groups) {
    const auto act = changed.find(group.code.value);
    all.push_back({group, act == changed.end() ? std::nullopt : std::optional<Act>(act->second)});
  }
  return all;
}

Result<void> Registry::put_group(OfficerId officer, const Group& group) {
  return impl_->change([&](Transaction& tx, const Configuration& base) -> Result<void> {
    if (base.group(group.code))
      return fail(Kind::conflict, "group_taken", "the exchange's plan has that group",
                  group.code.value);
    MINBEN_TRY(known, impl_->assemble(tx, base));
    MINBEN_CHECK(check(known, group));
    MINBEN_CHECK(tx.run(put, group.code, Json(exchange::group_to_json(group)), tx.now(), officer));
    return record(tx, officer, known.group(group.code) ? "group_changed" : "group_added",
                  group.code.value, fmt::format("{} subsystems", group.subsystems.size()));
  });
}

Result<void> Registry::end_group(OfficerId officer, const GroupCode& code) {
  return impl_->change([&](Transaction& tx, const Configuration&) -> Result<void> {
    MINBEN_TRY(done, tx.run(end_one, code, tx.now(), officer));
    if (done.affected() == 0) return fail(Kind::not_found, "unknown_group");
    MINBEN_CHECK(tx.run(end_rules_for, code, tx.now(), officer));
    return record(tx, officer, "group_ended", code.value);
  });
}

}  // namespace minben::registry
