#include "columnar/checked_sql.hpp"
#include "question.hpp"
#include "records.hpp"
#include "search.hpp"

namespace minben::datastore {

namespace {

constexpr std::size_t max_bytes = 32u << 20;  ///< of an answer
constexpr milliseconds view_time{5'000};

std::string type_name(columnar::Type type) {
  switch (type) {
    case columnar::Type::boolean:
      return "bool";
    case columnar::Type::integer:
      return "int8";
    case columnar::Type::huge:
    case columnar::Type::decimal:
      return "numeric";
    case columnar::Type::number:
      return "float8";
    case columnar::Type::text:
      return "text";
    case columnar::Type::date:
      return "date";
    case columnar::Type::time:
      return "time";
    case columnar::Type::timestamp:
      return "timestamp";
    case columnar::Type::instant:
      return "timestamptz";
  }
  return "text";
}

/// The table under the name by which the query has it, with what people may see of it.
Result<void> make_view(Connection& connection, const State& state, const std::string& name) {
  std::vector<int> all{Condition::row_number};
  for (int i = 0; i < std::ssize(state.fields()); ++i) all.push_back(i);
  return connection.run("create temp view " + quote_name(name) + " as select " +
                            columns_of(all, state.fields()) + " from " + state.source(),
                        view_time);
}

/// A record is an object, so each column has a name of its own: the second "a" is "a_1".
std::vector<std::string> names_of(const columnar::Rows& rows,
                                  const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < rows.columns().size(); ++i) {
    const bool given = wanted.size() == rows.columns().size() && !wanted[i].empty();
    const std::string& name = given ? wanted[i] : rows.columns()[i].name;
    std::string own = name;
    for (int n = 1; std::ranges::find(names, own) != names.end(); ++n)
      own = fmt::format("{}_{}", name, n);
    names.push_back(std::move(own));
  }
  return names;
}

Result<SqlAnswer> answer(columnar::Rows& rows, const std::vector<std::string>& wanted) {
  SqlAnswer out;
  const auto names = names_of(rows, wanted);
  for (std::size_t i = 0; i < names.size(); ++i)
    out.fields.push_back({names[i], type_name(rows.columns()[i].type)});
  const RecordWriter writer(RowForm::object, names);
  out.records = "[";
  while (!out.truncated) {
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr) break;
    for (std::size_t row = 0; row < chunk->rows && !out.truncated; ++row) {
      out.truncated = out.count == SqlAnswer::max_rows || out.records.size() > max_bytes;
      if (out.truncated) break;
      if (out.count++ > 0) out.records += ',';
      writer.row(out.records, *chunk, row);
    }
  }
  out.records += ']';
  return out;
}

}  // namespace

Result<SqlAnswer> Datastore::search_sql(std::string_view sql,
                                        const std::function<bool(TableId)>& may_read) {
  MINBEN_TRY(connection, impl_->sql_engine->connect());
  // One that may not be read and one that is not there are the same to the caller.
  std::map<std::string, State, std::less<>> found;
  const auto is_table = [&](std::string_view name) {
    if (found.contains(name)) return true;
    const auto table = TableId::parse(name);
    if (!table || to_string(*table) != name || !may_read(*table)) return false;
    auto state = impl_->state(*table, std::nullopt);
    if (!state) return false;
    found.emplace(std::string(name), std::move(*state));
    return true;
  };
  MINBEN_TRY(checked, columnar::check_sql(connection, sql, is_table));
  for (const std::string& name : checked.tables)
    MINBEN_CHECK(make_view(connection, found.at(name), name));
  auto rows = connection.query(checked.text, {}, impl_->config.sql_time);
  if (!rows) return std::unexpected(rows.error());
  return answer(*rows, checked.names);
}

}  // namespace minben::datastore
