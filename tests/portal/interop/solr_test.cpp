#include "solr.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace minben::interop {
namespace {

using catalogue::Condition;
using catalogue::Field;
using testing::HasSubstr;

const Instant now = parse_instant("2026-11-30T12:34:56Z").value();

/// A condition in short, for reading in tests.
std::string shown(const Condition& condition) {
  const auto parts = [&](std::string_view name) {
    std::string out(name);
    out += "(";
    for (std::size_t i = 0; i < condition.parts.size(); ++i)
      out += (i ? " " : "") + shown(condition.parts[i]);
    return out + ")";
  };
  switch (condition.kind) {
    case Condition::Kind::everything:
      return "all";
    case Condition::Kind::all:
      return parts("and");
    case Condition::Kind::any:
      return parts("or");
    case Condition::Kind::none:
      return parts("not");
    case Condition::Kind::is:
      return fmt::format("{}={}", static_cast<int>(condition.field), condition.value);
    case Condition::Kind::like:
      return fmt::format("{}~{}", static_cast<int>(condition.field), condition.value);
    case Condition::Kind::has:
      return fmt::format("{}?", static_cast<int>(condition.field));
    case Condition::Kind::between:
      return fmt::format("[{} {}]", condition.from ? to_string(*condition.from) : "*",
                         condition.to ? to_string(*condition.to) : "*");
    case Condition::Kind::words:
      return "'" + condition.value + "'";
  }
  return {};
}

std::string read(std::string q, std::vector<std::string> filters = {}) {
  const auto query = read_solr(q, filters, now);
  if (!query) return query.error().code;
  return query->words + "|" + shown(query->where);
}

TEST(Solr, BareWordsOfAQueryAreWords) {
  EXPECT_EQ(read(""), "|all");
  EXPECT_EQ(read("*:*"), "|all");
  EXPECT_EQ(read("空氣 品質"), "空氣 品質|all");
  EXPECT_EQ(read("\"air quality\" taipei"), "air quality taipei|all");
  EXPECT_EQ(read("air AND water"), "air water|all");
  EXPECT_EQ(read("air -water"), "air|and(not('water'))");
  EXPECT_EQ(read("+air +(water)"), "air water|all");
  EXPECT_EQ(read("air^2 water~"), "air water|all");
  EXPECT_EQ(read("a OR b"), "|and(or(and(all 'a') 'b'))");
}

TEST(Solr, FieldsBecomeConditions) {
  EXPECT_EQ(read("", {"organization:moenv"}), "|and(0=moenv)");
  EXPECT_EQ(read("", {"organization:\"moenv\" tags:water"}), "|and(and(0=moenv 5=water))");
  EXPECT_EQ(read("", {"+organization:(a OR b) -groups:i00"}),
            "|and(and(or(and(0=a) and(0=b)) not(1=i00)))");
  EXPECT_EQ(read("", {"res_format:CSV", "license_id:cc-by"}), "|and(6=CSV 7=cc-by)");
  EXPECT_EQ(read("tags:*"), "|and(5?)");
  EXPECT_EQ(read("name:air*"), "|and(14~air*)");
  EXPECT_EQ(read("tags:[* TO *]"), "|and(5?)");
  EXPECT_EQ(read("title:空氣"), "|and('title:空氣')");
  EXPECT_EQ(read("NOT tags:a"), "|and(not(5=a))");
  EXPECT_EQ(read("state:active AND private:false"), "|all");
  EXPECT_EQ(read("state:deleted"), "|and(not(all))");
  EXPECT_EQ(read("tags:a\\:b"), "|and(5=a:b)");
}

TEST(Solr, RangesAsHarvestersAskThem) {
  EXPECT_EQ(read("", {"metadata_modified:[2026-01-02T03:04:05Z TO *]"}),
            "|and([2026-01-02T03:04:05Z *])");
  EXPECT_EQ(read("", {"metadata_modified:[\"2026-01-02T03:04:05.5Z\" TO NOW]"}),
            "|and([2026-01-02T03:04:05.500000Z 2026-11-30T12:34:56Z])");
  EXPECT_EQ(read("metadata_created:{2026-01-01 TO 2026-02-01}"),
            "|and([2026-01-01T00:00:00.000001Z 2026-01-31T23:59:59.999999Z])");
  EXPECT_EQ(read("metadata_modified:[NOW-7DAYS/DAY TO NOW/HOUR+1HOUR]"),
            "|and([2026-11-23T00:00:00Z 2026-11-30T13:00:00Z])");
  EXPECT_EQ(read("metadata_modified:[NOW-1MONTH TO 2026-01-01T00:00:00Z+1YEAR/MONTH]"),
            "|and([2026-10-30T12:34:56Z 2027-01-01T00:00:00Z])");
}

TEST(Solr, WhatIsWrongIsSaidSo) {
  for (const char* wrong :
       {"(", ")", "(a", "\"a", "a AND", "AND a", "organization:", "tags:()", "-",
        "metadata_modified:[a TO b]", "metadata_modified:[2026-01-01T00:00:00Z", "[a TO b]",
        "metadata_modified:[NOW-1 TO *]", ":a", "a AND AND b"})
    EXPECT_EQ(read(wrong), "query_syntax") << wrong;
  EXPECT_EQ(read("colour:red"), "undefined_field");
  EXPECT_EQ(read(std::string(9000, 'a')), "query_too_large");
  EXPECT_EQ(read(std::string(3000, '(')), "query_too_large");
  EXPECT_EQ(read(std::string(3000, '-') + "a"), "query_too_large");
}

TEST(Solr, Sorts) {
  EXPECT_EQ(read_sort("metadata_modified desc")->first, catalogue::Order::modified);
  EXPECT_FALSE(read_sort("title asc, name desc")->second);
  EXPECT_EQ(read_sort("")->first, catalogue::Order::relevance);
  EXPECT_FALSE(read_sort("colour desc"));
  EXPECT_FALSE(read_sort("name sideways"));
}

}  // namespace
}  // namespace minben::interop
