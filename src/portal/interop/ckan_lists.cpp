// Organisations, groups, tags and licences.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "ckan.hpp"

namespace minben::interop {

namespace {

using catalogue::Field;
using catalogue::Publisher;
namespace vocabulary = catalogue::vocabulary;

using Counts = std::map<std::string, std::int64_t>;

Counts counts_of(const Parts& parts, Field field) {
  Counts counts;
  for (const auto& each : parts.index.counts(field)) counts[each.value] = each.count;
  return counts;
}

std::int64_t count_in(const Counts& counts, std::string_view value) {
  const auto found = counts.find(std::string(value));
  return found == counts.end() ? 0 : found->second;
}

/// One line of organization_list or group_list before it is written.
struct Listed {
  std::string id, name, title;
  std::int64_t packages = 0;
  const Publisher* publisher = nullptr;
  const vocabulary::Term* category = nullptr;
};

Result<void> sort_lists(const Given& given, std::vector<Listed>& list) {
  MINBEN_TRY(sort, given.text("sort"));
  if (sort.empty()) {
    MINBEN_TRY(order_by, given.text("order_by"));
    sort = order_by == "packages" ? "package_count desc"
           : order_by.empty()     ? "title asc"
                                  : order_by;
  }
  const auto space = sort.find(' ');
  std::string field = sort.substr(0, space);
  const bool descending =
      space != sort.npos && to_lower_ascii(trim(std::string_view(sort).substr(space))) == "desc";
  if (field == "packages") field = "package_count";
  if (field != "name" && field != "title" && field != "package_count")
    return invalid_value("sort", "Cannot sort by field `" + field + "`");
  std::ranges::sort(list, [&](const Listed& a, const Listed& b) {
    const auto& [first, second] = descending ? std::tie(b, a) : std::tie(a, b);
    if (field == "package_count" && a.packages != b.packages)
      return first.packages < second.packages;
    if (field == "title" && a.title != b.title) return first.title < second.title;
    return field == "name" ? first.name < second.name : a.name < b.name;
  });
  return {};
}

JsonObject written(const Listed& listed) {
  if (listed.publisher)
    return interchange::write_ckan_organization(*listed.publisher, listed.packages);
  return interchange::write_ckan_group(*listed.category, listed.packages, {});
}

Result<Json> list_of(const Call& call, std::vector<Listed> all, std::string_view chosen_name) {
  MINBEN_TRY(chosen, call.given.list(chosen_name));
  if (!chosen.empty())
    std::erase_if(all, [&](const Listed& each) {
      return std::ranges::find(chosen, each.name) == chosen.end();
    });
  MINBEN_CHECK(sort_lists(call.given, all));
  MINBEN_TRY(full, call.given.boolean("all_fields", false));
  MINBEN_TRY(offset, call.given.natural("offset", 0));
  MINBEN_TRY(limit, call.given.natural("limit", 1'000'000));
  JsonArray out;
  for (std::int64_t i = offset; i < std::ssize(all) && std::ssize(out) < limit; ++i) {
    const Listed& each = all[static_cast<std::size_t>(i)];
    if (full) out.push_back(written(each));
    else out.push_back(Json(each.name));
  }
  return out;
}

std::vector<Listed> organisations(const Parts& parts, const std::vector<Publisher>& all) {
  const Counts counts = counts_of(parts, Field::publisher);
  std::vector<Listed> list;
  list.reserve(all.size());
  for (const Publisher& each : all)
    list.push_back({interchange::ckan_organization_id(each.code), each.code.value,
                    each.title.in(Language::zh_hant), count_in(counts, each.code.value), &each});
  return list;
}

std::vector<Listed> groups(const Parts& parts) {
  const Counts counts = counts_of(parts, Field::category);
  std::vector<Listed> list;
  for (const vocabulary::Term& each : vocabulary::service_categories())
    list.push_back({"", group_name(each.code), std::string(each.zh_hant),
                    count_in(counts, each.code), nullptr, &each});
  return list;
}

Result<Json> organization_list(const Call& call) {
  const auto all = call.parts.index.publishers();
  return list_of(call, organisations(call.parts, *all), "organizations");
}

Result<Json> group_list(const Call& call) { return list_of(call, groups(call.parts), "groups"); }

constexpr std::int64_t most_packages = 1000;

/// The newest first.
Result<Json> packages_with(const Call& call, catalogue::Condition where, std::int64_t limit) {
  catalogue::SearchQuery query;
  query.where = std::move(where);
  query.order = catalogue::Order::modified;
  query.limit = std::min(limit, most_packages);
  MINBEN_TRY(hits, call.parts.index.search(query));
  MINBEN_TRY(entries, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.entries(tx, hits.ids);
  }));
  return packages_of(call.parts, entries, Told::in_a_list);
}

Result<Json> show_one(const Call& call, const std::vector<Listed>& all) {
  MINBEN_TRY(id, call.given.required("id"));
  const auto found = std::ranges::find_if(all, [&](const Listed& each) {
    return each.name == id || each.id == id || to_lower_ascii(id) == each.name;
  });
  if (found == all.end()) return fail(Kind::not_found, "no_such_organization");
  JsonObject out = written(*found);
  if (found->publisher && call.parts.followers) {
    MINBEN_TRY(followers, call.parts.followers(Followed::publisher, found->name));
    out["num_followers"] = followers;
  }
  MINBEN_TRY(with_datasets, call.given.boolean("include_datasets", false));
  if (!with_datasets) return out;
  MINBEN_TRY(packages, packages_with(call,
                                     found->publisher
                                         ? catalogue::Condition::is(Field::publisher, found->name)
                                         : catalogue::Condition::is(
                                               Field::category, std::string(found->category->code)),
                                     most_packages));
  out["packages"] = std::move(packages);
  return out;
}

Result<Json> organization_show(const Call& call) {
  const auto all = call.parts.index.publishers();
  return show_one(call, organisations(call.parts, *all));
}

Result<Json> group_show(const Call& call) { return show_one(call, groups(call.parts)); }

Result<Json> group_package_show(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_TRY(limit, call.given.natural("limit", most_packages));
  const auto* category = vocabulary::find(vocabulary::service_categories(), category_of(id));
  if (!category) return fail(Kind::not_found, "no_such_group");
  return packages_with(call, catalogue::Condition::is(Field::category, std::string(category->code)),
                       limit);
}

/// Of an organization its datasets; who works there is told to nobody.
Result<Json> member_list(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_TRY(type, call.given.text("object_type"));
  const auto all = call.parts.index.publishers();
  const auto list = organisations(call.parts, *all);
  const auto found = std::ranges::find_if(
      list, [&](const Listed& each) { return each.name == id || each.id == id; });
  if (found == list.end()) return fail(Kind::not_found, "no_such_organization");
  JsonArray out;
  if (!type.empty() && type != "package") return out;
  catalogue::SearchQuery query;
  query.where = catalogue::Condition::is(Field::publisher, found->name);
  query.order = catalogue::Order::name;
  query.descending = false;
  query.limit = most_packages;
  for (;;) {
    MINBEN_TRY(hits, call.parts.index.search(query));
    for (const catalogue::DatasetId each : hits.ids)
      out.push_back(JsonArray{Json(to_string(each)), Json("package"), Json("public")});
    if (std::ssize(hits.ids) < query.limit) return out;
    query.offset += query.limit;
  }
}

/// There are none: what belongs together is a series, which DCAT tells.
Result<Json> package_relationships_list(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_CHECK(entry_of(call.parts, id));
  return JsonArray{};
}

Result<Json> autocomplete(const Call& call, const std::vector<Listed>& all) {
  MINBEN_TRY(q, call.given.text("q"));
  MINBEN_TRY(limit, call.given.natural("limit", 20));
  JsonArray out;
  for (const Listed& each : all) {
    if (std::ssize(out) == limit) break;
    if (each.name.find(to_lower_ascii(q)) == std::string::npos &&
        each.title.find(q) == std::string::npos)
      continue;
    out.push_back(JsonObject{{"id", each.id}, {"name", each.name}, {"title", each.title}});
  }
  return out;
}

Result<Json> organization_autocomplete(const Call& call) {
  const auto all = call.parts.index.publishers();
  return autocomplete(call, organisations(call.parts, *all));
}
Result<Json> group_autocomplete(const Call& call) { return autocomplete(call, groups(call.parts)); }

std::vector<catalogue::FacetValue> values_with(const Call& call, Field field,
                                               const std::string& part) {
  std::vector<catalogue::FacetValue> values = call.parts.index.counts(field);
  const std::string wanted = to_lower_ascii(part);
  std::erase_if(values, [&](const auto& each) {
    return to_lower_ascii(each.value).find(wanted) == std::string::npos;
  });
  std::ranges::sort(values, {}, &catalogue::FacetValue::value);
  return values;
}

Result<Json> tag_list(const Call& call) {
  MINBEN_TRY(query, call.given.text("query"));
  MINBEN_TRY(full, call.given.boolean("all_fields", false));
  JsonArray out;
  for (const auto& each : values_with(call, Field::keyword, query)) {
    if (full) out.push_back(interchange::write_ckan_tag(each.value));
    else out.push_back(Json(each.value));
  }
  return out;
}

Result<Json> tag_show(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  for (const auto& each : call.parts.index.counts(Field::keyword))
    if (each.value == id) return interchange::write_ckan_tag(each.value);
  return fail(Kind::not_found, "no_such_tag");
}

Result<Json> tag_search(const Call& call) {
  MINBEN_TRY(query, call.given.text("query"));
  MINBEN_TRY(limit, call.given.natural("limit", 1'000'000));
  MINBEN_TRY(offset, call.given.natural("offset", 0));
  const auto values = values_with(call, Field::keyword, query);
  JsonArray out;
  for (std::int64_t i = offset; i < std::ssize(values) && std::ssize(out) < limit; ++i) {
    JsonObject tag = interchange::write_ckan_tag(values[static_cast<std::size_t>(i)].value);
    out.push_back(JsonObject{{"id", tag["id"]}, {"name", tag["name"]}, {"vocabulary_id", nullptr}});
  }
  return JsonObject{{"count", values.size()}, {"results", std::move(out)}};
}

Result<Json> names_with(const Call& call, Field field, std::string_view parameter, bool small) {
  MINBEN_TRY(query,
             call.given.has(parameter) ? call.given.text(parameter) : call.given.text("query"));
  MINBEN_TRY(limit, call.given.natural("limit", 10));
  JsonArray out;
  for (const auto& each : values_with(call, field, query))
    if (std::ssize(out) < limit)
      out.push_back(Json(small ? to_lower_ascii(each.value) : each.value));
  return out;
}
Result<Json> tag_autocomplete(const Call& call) {
  return names_with(call, Field::keyword, "q", false);
}
Result<Json> format_autocomplete(const Call& call) {
  return names_with(call, Field::format, "q", true);
}

Result<Json> license_list(const Call&) {
  JsonArray out;
  for (const vocabulary::Licence& each : vocabulary::licences())
    out.push_back(interchange::write_ckan_licence(each));
  return out;
}

constexpr std::array actions{
    Action{"organization_list", true,
           "Return a list of the names of the site's organizations.\n\nall_fields, sort (name, "
           "title, package_count), limit, offset, organizations.",
           organization_list},
    Action{"organization_show", true,
           "Return the details of a organization.\n\nid, include_datasets.", organization_show},
    Action{"organization_autocomplete", true,
           "Return a list of organization names that contain a string.\n\nq, limit.",
           organization_autocomplete},
    Action{"group_list", true,
           "Return a list of the names of the site's groups: the 服務分類 of Taiwan's "
           "portals.\n\nall_fields, sort, limit, offset, groups.",
           group_list},
    Action{"group_show", true, "Return the details of a group.\n\nid, include_datasets.",
           group_show},
    Action{"group_autocomplete", true,
           "Return a list of group names that contain a string.\n\nq, limit.", group_autocomplete},
    Action{"group_package_show", true,
           "Return the datasets (packages) of a group.\n\nid, limit (at most 1000).",
           group_package_show},
    Action{"member_list", true,
           "Return the members of an organization: its datasets.\n\nid, object_type (package).",
           member_list},
    Action{"package_relationships_list", true,
           "Return a dataset (package)'s relationships: there are none.\n\nid.",
           package_relationships_list},
    Action{"tag_search", true,
           "Return a list of tags whose names contain a given string.\n\nquery, limit, offset.",
           tag_search},
    Action{"tag_list", true, "Return a list of the site's tags.\n\nquery, all_fields.", tag_list},
    Action{"tag_show", true, "Return the details of a tag.\n\nid.", tag_show},
    Action{"tag_autocomplete", true,
           "Return a list of tag names that contain a given string.\n\nq or query, limit.",
           tag_autocomplete},
    Action{"format_autocomplete", true,
           "Return a list of resource formats whose names contain a string.\n\nq, limit.",
           format_autocomplete},
    Action{"license_list", true, "Return the list of licenses available for datasets on the site.",
           license_list},
};

}  // namespace

std::span<const Action> list_actions() { return actions; }

}  // namespace minben::interop
