// Filters, sort orders and words that callers send: what is read becomes a condition whose
// parameters are all there, and which has no text of the caller in it but the names of fields.
#include <fmt/format.h>

#include "impl.hpp"
#include "question.hpp"
#include "text_search.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::datastore;
  static const std::vector<Field> fields = [] {
    std::vector<Field> made;
    for (const auto type : {intake::Type::text, intake::Type::integer, intake::Type::number,
                            intake::Type::boolean, intake::Type::date, intake::Type::timestamp}) {
      made.emplace_back().name = fmt::format("f{}", made.size());
      made.back().type = type;
    }
    return made;
  }();
  const std::string_view text = as_text({data, size});
  const auto check = [](const Sql& sql) {
    for (std::size_t i = 1; i <= sql.params.size(); ++i)
      MINBEN_ASSERT(sql.text.find("$" + std::to_string(i)) != std::string::npos);
    // Only what this room writes itself.
    MINBEN_ASSERT(sql.text.find_first_of(";'\\") == std::string::npos);
  };
  if (const auto json = parse_json(text)) {
    if (const auto filter = parse_filters(*json, fields)) {
      Sql sql;
      add_where(sql, *filter, fields);
      check(sql);
    }
    for (const bool plain : {true, false}) {
      Sql sql;
      if (add_text_search(sql, *json, plain, fields)) check(sql);
    }
  }
  for (const bool plain : {true, false}) {
    Sql sql;
    if (is_utf8(text) && add_text_search(sql, Json(boost::json::string(text)), plain, fields))
      check(sql);
  }
  if (const auto keys = parse_sort(text, fields))
    MINBEN_ASSERT(order_by(*keys, fields, true).find(';') == std::string::npos);
  return 0;
}
