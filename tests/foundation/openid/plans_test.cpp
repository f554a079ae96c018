// A token costs as much in a country with a million sign-ins as in one with ten: plans are made
// while tables are nearly empty, have no statistics, and are kept for a long time.
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

class PlansTest : public ProviderTest {
 protected:
  /// As the session that served the requests has it: the pool gives the last used one.
  std::string plan_of(std::string_view name, int parameters) {
    static constexpr store::Query generic{"test_generic",
                                          "set plan_cache_mode = force_generic_plan"};
    EXPECT_TRUE(db_->run(generic));
    std::string nulls = "null";
    for (int i = 1; i < parameters; ++i) nulls += ", null";
    const std::string query_name = fmt::format("test_explain_{}", name);
    const std::string sql = fmt::format("explain execute {} ({})", name, nulls);
    const auto rows = db_->run(store::Query{query_name, sql});
    if (!rows) ADD_FAILURE() << describe(rows.error());
    std::string plan;
    if (rows)
      for (const auto row : *rows) plan += row.text("QUERY PLAN") + "\n";
    return plan;
  }
};

TEST_F(PlansTest, FindSignInsByTheirOwnKey) {
  const Answer tokens = exchange(code(), holder_);
  const Answer later = refresh(string_or(tokens.json, "refresh_token"), holder_);
  EXPECT_TRUE(active(string_or(later.json, "access_token")));
  EXPECT_TRUE(active(string_or(later.json, "refresh_token")));
  for (const auto& [name, parameters] : {std::pair{"openid_take_code", 3},
                                         {"openid_take_refresh", 4},
                                         {"openid_find_access", 2},
                                         {"openid_find_refresh", 2}}) {
    const std::string plan = plan_of(name, parameters);
    EXPECT_TRUE(plan.contains("using sign_in_pkey")) << plan;
    EXPECT_FALSE(plan.contains("Seq Scan")) << plan;
  }
}

}  // namespace
}  // namespace minben::openid
