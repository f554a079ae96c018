#include <fstream>

#include "filters.hpp"
#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr int most_tries = 5;
constexpr milliseconds turn_patience{10'000};
constexpr std::size_t max_fields = 2'000;
constexpr std::size_t max_name_bytes = 255;

std::unexpected<Error> bad_field(std::string_view what, std::string_view name) {
  return fail(Kind::invalid, "bad_field", what, name);
}

Result<std::vector<Field>> fields_of(const std::vector<NewField>& wanted) {
  if (wanted.empty() || wanted.size() > max_fields) return bad_field("1 to 2,000 fields", "fields");
  std::vector<Field> fields;
  for (const NewField& one : wanted) {
    const bool control = std::ranges::any_of(
        one.name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (one.name.empty() || one.name.size() > max_name_bytes || control || !is_utf8(one.name) ||
        trim(one.name) != one.name || one.name.front() == '_' || one.name.front() == '$')
      return bad_field(
          "a name has 1 to 255 bytes, no control characters, and begins with no _ or $", one.name);
    if (find_field(fields, one.name)) return bad_field("there are two of this name", one.name);
    Field& field = fields.emplace_back();
    field.name = one.name;
    field.type = one.type;
    field.label = one.label;
    field.description = one.description;
    field.unit = one.unit;
  }
  keep_reserved_names_out(fields);
  return fields;
}

/// As intake::Type describes; nothing at all is null.
void append_csv(std::string& out, const Value& value) {
  struct Writer {
    std::string& out;
    void operator()(std::nullptr_t) const {}
    void operator()(bool yes) const { out += yes ? "true" : "false"; }
    void operator()(std::int64_t number) const { out += std::to_string(number); }
    void operator()(double number) const { out += fmt::format("{}", number); }
    void operator()(Date date) const { out += to_string(date); }
    void operator()(Instant at) const {
      out += to_string(at);
      out.pop_back();  // the zone: these times have none
    }
    void operator()(const std::string& text) const {
      out += '"';
      for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
      }
      out += '"';
    }
  };
  std::visit(Writer{out}, value);
}

/// Rows given by a call, as a temporary table n: c0, c1 … are the fields, p0, p1 … whether a record
/// has them.
class Given {
 public:
  Given(std::span<const Field> fields, const std::vector<std::string>& key)
      : fields_(fields), key_(key) {}

  Result<void> write(const JsonArray& records, const fs::path& file) {
    std::ofstream out(file, std::ios::binary);
    std::string line;
    for (const Json& record : records) {
      line.clear();
      MINBEN_CHECK(add(line, record));
      out << line;
      longest_ = std::max(longest_, line.size());
    }
    out.flush();
    if (!out) return fail(Kind::internal, "cannot_write", "cannot be written", file.string());
    file_ = file;
    return {};
  }

  Result<void> make_table(Connection& connection, milliseconds at_most) const {
    columnar::CsvSource source;
    source.file = file_;
    source.longest_row_bytes = longest_;
    for (std::size_t i = 0; i < fields_.size(); ++i)
      source.fields.push_back({fmt::format("c{}", i), sql_type(fields_[i].type)});
    for (std::size_t i = 0; i < fields_.size(); ++i)
      source.fields.push_back({fmt::format("p{}", i), "BOOLEAN"});
    return connection.run(
        "create or replace temp table n as select * from " + columnar::read_csv(source), at_most);
  }

  /// " on" of a join of o and n.
  [[nodiscard]] std::string same_key() const {
    std::string out;
    for (const std::string& name : key_)
      out += fmt::format("{}o.c{} = n.c{}", out.empty() ? "" : " and ", place(name), place(name));
    return out;
  }
  [[nodiscard]] std::string key_columns() const {
    std::string out;
    for (const std::string& name : key_)
      out += (out.empty() ? "c" : ", c") + std::to_string(place(name));
    return out;
  }

 private:
  [[nodiscard]] int place(const std::string& name) const {
    return find_field(fields_, name).value_or(0);
  }

  Result<void> add(std::string& line, const Json& record) const {
    if (!record.is_object())
      return fail(Kind::invalid, "bad_value", "a record is an object", "records");
    std::vector<const Json*> values(fields_.size(), nullptr);
    for (const auto& [name, value] : record.get_object()) {
      const auto field = find_field(fields_, std::string_view(name));
      if (!field) return bad_field("there is no such field", std::string_view(name));
      if (*field >= 0) values[static_cast<std::size_t>(*field)] = &value;  // `_id` is not written
    }
    for (const std::string& name : key_)
      if (const Json* value = values[static_cast<std::size_t>(place(name))];
          value == nullptr || value->is_null())
        return fail(Kind::invalid, "bad_key", "a record lacks its primary key", name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] != nullptr) {
        MINBEN_TRY(value, to_value(*values[i], fields_[i]));
        append_csv(line, value);
      }
      line += ',';
    }
    for (std::size_t i = 0; i < values.size(); ++i)
      line += fmt::format("{}{}", i == 0 ? "" : ",", values[i] != nullptr);
    line += '\n';
    return {};
  }

  std::span<const Field> fields_;
  const std::vector<std::string>& key_;
  fs::path file_;
  std::size_t longest_ = 0;
};

std::string list(std::size_t count, const std::function<std::string(std::size_t)>& one) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + one(i);
  return out;
}

/// The table as it is, its fields called c0, c1 …, and r, the row's number.
std::string old_rows(const State& state) {
  const auto& fields = state.fields();
  return "(select " +
         list(fields.size(),
              [&](std::size_t i) {
                return fmt::format("{} as c{}", quote_name(fields[i].name), i);
              }) +
         ", file_row_number as r from " + state.source() + ")";
}

/// "select … as names from (rows with s and r) order by s, r".
std::string named(const std::string& rows, std::span<const Field> fields) {
  return "select " +
         list(fields.size(),
              [&](std::size_t i) {
                return fmt::format("c{} as {}", i, quote_name(fields[i].name));
              }) +
         " from (" + rows + ") order by s, r";
}

std::string fresh_rows(std::size_t fields, std::string_view where = "") {
  return "select " + list(fields, [](std::size_t i) { return fmt::format("n.c{0} as c{0}", i); }) +
         ", 1 as s, n.rowid as r from n " + std::string(where);
}

std::string changed_rows(const State& state, const std::string& same_key) {
  return "select " +
         list(state.fields().size(),
              [](std::size_t i) {
                return fmt::format("case when n.p{0} then n.c{0} else o.c{0} end as c{0}", i);
              }) +
         ", 0 as s, o.r as r from " + old_rows(state) + " o left join n on " + same_key;
}

std::string kept_rows(const State& state) {
  return "select " +
         list(state.fields().size(),
              [](std::size_t i) { return fmt::format("o.c{0} as c{0}", i); }) +
         ", 0 as s, o.r as r from " + old_rows(state) + " o";
}

/// One call that writes rows.
struct Writing {
  Datastore::Impl& own;
  const State& state;
  Connection& connection;
  const Given& given;

  Result<std::int64_t> count(const std::string& sql) const {
    return ask_number(connection, "select count(*) from " + sql, {}, own.config.load_time);
  }
  [[nodiscard]] std::string old_with_key() const {
    return "exists (select 1 from " + old_rows(state) + " o where " + given.same_key() + ")";
  }

  Result<void> check_given() const {
    if (state.table.primary_key.empty()) return {};
    MINBEN_TRY(twice,
               count("(select 1 from n group by " + given.key_columns() + " having count(*) > 1)"));
    if (twice > 0)
      return fail(Kind::conflict, "duplicate_key", "two records have the same primary key",
                  state.table.primary_key.front());
    return {};
  }

  Result<std::string> rows(Method method) const {
    const std::size_t fields = state.fields().size();
    MINBEN_CHECK(check_given());
    if (method == Method::insert) {
      if (!state.table.primary_key.empty()) {
        MINBEN_TRY(known, count("n where " + old_with_key()));
        if (known > 0)
          return fail(Kind::conflict, "duplicate_key",
                      "a row with this primary key is there already",
                      state.table.primary_key.front());
      }
      return named(kept_rows(state) + " union all " + fresh_rows(fields), state.fields());
    }
    const std::string changed = changed_rows(state, given.same_key());
    if (method == Method::update) {
      MINBEN_TRY(missing, count("n where not " + old_with_key()));
      if (missing > 0)
        return fail(Kind::not_found, "no_such_row", "a record's primary key is not in the table",
                    state.table.primary_key.front());
      return named(changed, state.fields());
    }
    return named(changed + " union all " + fresh_rows(fields, "where not " + old_with_key()),
                 state.fields());
  }
};

}  // namespace

Result<Version> Datastore::create(TableId table, const std::vector<NewField>& wanted,
                                  const std::vector<std::string>& primary_key,
                                  const JsonArray& records) {
  MINBEN_TRY(fields, fields_of(wanted));
  for (const std::string& name : primary_key)
    if (find_field(fields, name).value_or(-1) < 0)
      return fail(Kind::invalid, "bad_key", "the primary key has no such field", name);
  if (std::ssize(records) > impl_->config.max_rows_by_call)
    return fail(Kind::too_large, "table_too_large", "too many rows: publish a file instead");
  MINBEN_TRY(work, WorkFolder::make(impl_->config.directory, impl_->clock, impl_->random));
  Given given(fields, primary_key);
  MINBEN_CHECK(given.write(records, work.path() / "records.csv"));
  MINBEN_TRY(connection, impl_->connect());
  MINBEN_CHECK(given.make_table(connection, impl_->config.load_time));
  State nothing;
  nothing.table = {table, primary_key, {}};
  nothing.table.version.fields = fields;
  MINBEN_CHECK((Writing{*impl_, nothing, connection, given}.check_given()));
  const fs::path parquet = work.path() / "table.parquet";
  MINBEN_CHECK(
      connection.run(columnar::copy_to_parquet(named(fresh_rows(fields.size()), fields), parquet),
                     impl_->config.load_time));
  Draft draft;
  draft.parquet = parquet;
  draft.fields = fields;
  draft.source = JsonObject{{"kind", "rows"}, {"call", "create"}};
  draft.primary_key = primary_key;
  // Those who hold a connection while they wait for two more could all wait for each other.
  {
    const Connection done = std::move(connection);
  }
  return impl_->finish(*impl_->engine, table, std::move(draft));
}

namespace {

/// Makes a version of the newest one, again when another node was faster.
template <class Make>
Result<Version> next_version(Datastore::Impl& own, TableId table, std::string_view call,
                             Make make) {
  MINBEN_TRY(turn, own.turns.take(table, turn_patience));
  for (int tries = 1;; ++tries) {
    MINBEN_TRY(state, own.state(table, std::nullopt));
    MINBEN_TRY(work, WorkFolder::make(own.config.directory, own.clock, own.random));
    MINBEN_TRY(connection, own.connect());
    const fs::path parquet = work.path() / "table.parquet";
    MINBEN_CHECK(make(state, connection, work.path(), parquet));
    Draft draft;
    draft.parquet = parquet;
    draft.fields = state.fields();
    draft.source = JsonObject{{"kind", "rows"}, {"call", call}};
    draft.base = state.table.version.number;
    {
      const Connection done = std::move(connection);
    }
    auto made = own.finish(*own.engine, table, std::move(draft));
    if (made || made.error().code != "table_changed" || tries == most_tries) return made;
  }
}

}  // namespace

Result<Version> Datastore::write(TableId table, Method method, const JsonArray& records) {
  constexpr std::array<std::string_view, 3> names{"insert", "update", "upsert"};
  return next_version(
      *impl_, table, names[static_cast<std::size_t>(method)],
      [&](const State& state, Connection& connection, const fs::path& work,
          const fs::path& parquet) -> Result<void> {
        if (method != Method::insert && state.table.primary_key.empty())
          return fail(Kind::invalid, "bad_key", "the table has no primary key", "primary_key");
        if (state.table.version.rows + std::ssize(records) > impl_->config.max_rows_by_call)
          return fail(Kind::too_large, "table_too_large", "too many rows: publish a file instead");
        Given given(state.fields(), state.table.primary_key);
        MINBEN_CHECK(given.write(records, work / "records.csv"));
        MINBEN_CHECK(given.make_table(connection, impl_->config.load_time));
        MINBEN_TRY(rows, (Writing{*impl_, state, connection, given}.rows(method)));
        return connection.run(columnar::copy_to_parquet(rows, parquet), impl_->config.load_time);
      });
}

Result<Version> Datastore::remove_rows(TableId table, const Json& filters) {
  return next_version(
      *impl_, table, "delete",
      [&](const State& state, Connection& connection, const fs::path&,
          const fs::path& parquet) -> Result<void> {
        if (state.table.version.rows > impl_->config.max_rows_by_call)
          return fail(Kind::too_large, "table_too_large", "too many rows: publish a file instead");
        MINBEN_TRY(filter, parse_filters(filters, state.fields()));
        Sql where;
        add_where(where, filter, state.fields());
        // COPY takes no parameters, so the rows that stay are found first.
        MINBEN_CHECK(connection.run("create temp table kept as select file_row_number as r from " +
                                        state.source() + " where not coalesce(" + where.text +
                                        ", false)",
                                    impl_->config.load_time, where.params));
        return connection.run(
            columnar::copy_to_parquet(
                named(kept_rows(state) + " semi join kept on kept.r = o.r", state.fields()),
                parquet),
            impl_->config.load_time);
      });
}

}  // namespace minben::datastore
