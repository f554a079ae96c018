// Strangers' SQL: what is let through names only the table that may be read, and the engine agrees
// that it is one query.
#include "columnar/checked_sql.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::columnar;
  static const SystemClock clock;
  static const auto engine =
      Engine::open({.directories = {}, .files = {}, .temporary = {}, .memory_bytes = 256u << 20},
                   clock)
          .value();
  static Connection connection = [] {
    auto made = engine->connect().value();
    MINBEN_ASSERT(made.run("create temp view t as select i as a, 'x' || i as b from range(3) r(i)",
                           milliseconds{1000}));
    // What a way past the list of tables would reach.
    MINBEN_ASSERT(
        made.run("create temp view secret as select error('reached') as s", milliseconds{1000}));
    return made;
  }();
  const std::string_view sql = as_text({data, size});
  const auto checked = check_sql(connection, sql, [](auto name) { return name == "t"; });
  if (!checked) return 0;
  for (const std::string& table : checked->tables) MINBEN_ASSERT(table == "t");
  auto rows = connection.query(checked->text, {}, milliseconds{200});
  for (int i = 0; rows && i < 10; ++i) {
    const auto chunk = rows->next();
    if (!chunk) {
      MINBEN_ASSERT(chunk.error().detail.find("reached") == std::string::npos);
      MINBEN_ASSERT(chunk.error().code != "file_unreadable");
      break;
    }
    if (*chunk == nullptr) break;
  }
  if (!rows) MINBEN_ASSERT(rows.error().code != "file_unreadable");
  return 0;
}
