#include <fstream>
#include <thread>

#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr std::size_t most_shown = 100;

columnar::CsvSource csv_of(const intake::Prepared& prepared, const std::vector<Field>& fields) {
  columnar::CsvSource source{prepared.file,
                             prepared.separator,
                             prepared.crlf,
                             prepared.quoted || !prepared.proven,
                             prepared.skip_lines,
                             prepared.longest_row_bytes,
                             {}};
  for (const Field& field : fields) source.fields.push_back({field.name, sql_type(field.type)});
  return source;
}

/// What the file says of itself, and what the publisher says of it.
std::vector<Field> fields_of(const intake::Inspection& inspection,
                             const std::vector<NewField>& described) {
  std::vector<Field> fields;
  for (const intake::Column& column : inspection.columns) {
    Field& field = fields.emplace_back();
    field.name = column.name;
    field.label = column.label;
    field.type = column.type;
    field.role = column.role;
    field.note = column.note;
    const auto said = std::ranges::find(described, column.name, &NewField::name);
    if (said == described.end()) continue;
    if (!said->label.empty()) field.label = said->label;
    field.description = said->description;
    field.unit = said->unit;
  }
  keep_reserved_names_out(fields);
  return fields;
}

Json repairs_of(const intake::Inspection& inspection) {
  JsonArray out;
  for (const intake::Repair& repair : inspection.repairs)
    out.push_back(
        JsonObject{{"code", repair.code}, {"count", repair.count}, {"first", repair.first}});
  return out;
}

/// The first bytes of a text, whole characters.
std::string shown(std::string text) {
  if (text.size() <= most_shown) return text;
  std::size_t end = most_shown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

Result<std::string> digest_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  Sha256Stream digest;
  std::vector<char> piece(1u << 20);
  while (in.read(piece.data(), std::ssize(piece)) || in.gcount() > 0)
    digest.add({reinterpret_cast<const std::uint8_t*>(piece.data()),
                static_cast<std::size_t>(in.gcount())});
  if (!in.eof()) return fail(Kind::internal, "cannot_read", "cannot be read", file.string());
  return hex_encode(digest.finish());
}

/// Few rows of many columns, so that a row group stays of a useful size.
columnar::ParquetOptions layout(std::size_t fields) {
  return {.row_group_rows = fields > 100 ? 122'880u : 20'480u};
}

/// The engine's own words about a file that it cannot read, without where the file is.
std::unexpected<Error> not_a_table(const Error& error) {
  return fail(Kind::invalid, "not_a_table", error.detail.substr(0, error.detail.find(" \"/")));
}

}  // namespace

Result<std::int64_t> ask_number(Connection& connection, std::string_view sql,
                                std::span<const Value> params, milliseconds at_most) {
  MINBEN_TRY(rows, connection.query(sql, params, at_most));
  MINBEN_TRY(chunk, rows.next());
  if (chunk == nullptr || chunk->rows == 0 || chunk->columns[0].is_null(0)) return 0;
  // Sums are wide; those asked for here are numbers of rows.
  std::string text;
  chunk->columns[0].append_text(text, 0);
  return parse_integer(text).value_or(0);
}

namespace {

/// What the footer of the Parquet file says of each field: it costs no look at the rows. Columns:
/// place, nulls, bytes, whether least and greatest are known, and these as each type.
constexpr std::string_view footer_sql =
    "select column_id, sum(stats_null_count)::bigint, sum(total_uncompressed_size)::bigint, "
    "count(stats_min_value) = count(*) filter (stats_null_count < num_values) and "
    "coalesce(bool_and(min_is_exact and max_is_exact), true), "
    "min(stats_min_value), max(stats_max_value), "
    "min(try_cast(stats_min_value as bigint)), max(try_cast(stats_max_value as bigint)), "
    "min(try_cast(stats_min_value as double)), max(try_cast(stats_max_value as double)), "
    "min(try_cast(stats_min_value as date)), max(try_cast(stats_max_value as date)), "
    "min(try_cast(stats_min_value as timestamp)), max(try_cast(stats_max_value as timestamp)) "
    "from parquet_metadata({}) group by column_id";

std::size_t least_column(intake::Type type) {
  switch (type) {
    case intake::Type::integer:
      return 6;
    case intake::Type::number:
      return 8;
    case intake::Type::date:
      return 10;
    case intake::Type::timestamp:
      return 12;
    default:
      return 4;
  }
}

/// Bytes of a field's values, by field.
Result<std::vector<std::int64_t>> read_footer(Connection& connection, const fs::path& file,
                                              std::vector<Field>& fields, milliseconds at_most) {
  std::vector<std::int64_t> bytes(fields.size(), 0);
  MINBEN_TRY(rows,
             connection.query(fmt::format(fmt::runtime(footer_sql), quote_text(file.string())), {},
                              at_most));
  while (true) {
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr) return bytes;
    for (std::size_t row = 0; row < chunk->rows; ++row) {
      const auto at = static_cast<std::size_t>(chunk->columns[0].integer(row));
      if (at >= fields.size()) continue;
      Field& field = fields[at];
      field.nulls = chunk->columns[1].integer(row);
      bytes[at] = chunk->columns[2].integer(row);
      if (!chunk->columns[3].boolean(row) || field.type == intake::Type::geometry) continue;
      std::string least;
      std::string most;
      chunk->columns[least_column(field.type)].append_text(least, row);
      chunk->columns[least_column(field.type) + 1].append_text(most, row);
      field.least = shown(std::move(least));
      field.most = shown(std::move(most));
    }
  }
}

}  // namespace

/// Different values are counted, but for long texts: those of the first rows stand for all.
Result<void> Datastore::Impl::measure(Connection& connection, const Draft& draft,
                                      std::vector<Field>& fields) const {
  constexpr std::int64_t long_text = 64;
  constexpr std::int64_t sample = 20'480;
  MINBEN_TRY(bytes, read_footer(connection, draft.parquet, fields, config.load_time));
  const std::string source = "read_parquet(" + quote_text(draft.parquet.string()) + ")";
  for (const bool sampled : {false, true}) {
    std::vector<Field*> counted;
    std::string sql;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool is_long =
          fields[i].type == intake::Type::geometry || bytes[i] > draft.rows * long_text;
      if (is_long != sampled) continue;
      sql += fmt::format("{}approx_count_distinct({})", counted.empty() ? "select " : ", ",
                         quote_name(fields[i].name));
      counted.push_back(&fields[i]);
    }
    if (counted.empty()) continue;
    sql += sampled ? fmt::format(" from (select * from {} limit {})", source, sample)
                   : " from " + source;
    MINBEN_TRY(rows, connection.query(sql, {}, config.load_time));
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr || chunk->rows == 0) continue;
    for (std::size_t i = 0; i < counted.size(); ++i) {
      std::int64_t distinct = chunk->columns[i].integer(0);
      if (sampled && distinct * 2 > sample) distinct = distinct * draft.rows / sample;
      // An estimate, which must not say more than there can be.
      counted[i]->distinct = std::min(draft.rows - counted[i]->nulls, distinct);
    }
  }
  return {};
}

Result<Version> Datastore::Impl::finish(columnar::Engine& by, TableId table, Draft draft) {
  MINBEN_TRY(connection, by.connect());
  MINBEN_TRY(rows, ask_number(connection,
                              "select count(*) from read_parquet(" +
                                  quote_text(draft.parquet.string()) + ")",
                              {}, config.load_time));
  draft.rows = rows;
  Result<std::string> digest;
  std::thread reader([&] { digest = digest_of(draft.parquet); });
  auto measured = measure(connection, draft, draft.fields);
  reader.join();
  MINBEN_CHECK(std::move(measured));
  if (!digest) return std::unexpected(digest.error());
  draft.sha256 = std::move(*digest);
  draft.indexed = fs::file_size(draft.parquet) <= config.index_first_bytes;
  if (draft.indexed) MINBEN_CHECK(make_beside(by, draft.parquet, draft.fields, rows, {}));
  const bool indexed = draft.indexed;
  MINBEN_TRY(version, publish(table, std::move(draft)));
  if (!indexed) besides.want({table, version.number});
  return version;
}

namespace {

/// One load: prepares, has the engine read, and when it cannot, prepares with care.
struct Load {
  Datastore::Impl& own;
  const fs::path& file;
  const intake::Hints& hints;
  const Datastore::LoadOptions& options;
  fs::path work;

  std::unique_ptr<columnar::Engine> engine{};
  std::vector<Field> fields{};
  intake::Prepared prepared{};

  [[nodiscard]] fs::path parquet() const { return work / "table.parquet"; }

  Result<void> prepare(intake::Care care) {
    const fs::path scratch = work / (care == intake::Care::careful ? "careful" : "first");
    std::error_code error;
    fs::create_directories(scratch, error);
    if (error) return fail(Kind::internal, "cannot_write", error.message(), scratch.string());
    MINBEN_TRY(made, intake::prepare(file, hints, scratch, care, own.clock, options.limits,
                                     options.cancelled));
    prepared = std::move(made);
    fields = fields_of(prepared.inspection, options.described);
    return {};
  }

  /// An engine for this load alone, which reads nothing but its file.
  Result<Connection> open_engine() {
    columnar::EngineConfig config;
    config.directories = {work};
    config.files = {prepared.file};
    config.temporary = work / "spill";
    config.memory_bytes = own.config.load_memory_bytes;
    config.temporary_bytes = own.config.spill_bytes;
    config.threads = own.config.threads;
    config.progress = static_cast<bool>(options.at_stage);
    MINBEN_TRY(opened, columnar::Engine::open(config, own.clock));
    engine = std::move(opened);
    return engine->connect();
  }

  Result<void> read(Connection& connection) const {
    return connection.run(
        columnar::copy_to_parquet("select * from " + columnar::read_csv(csv_of(prepared, fields)),
                                  parquet(), layout(fields.size())),
        own.config.load_time);
  }

  Json source() const {
    Json out = options.source;
    JsonObject& object = out.is_object() ? out.get_object() : out.emplace_object();
    const intake::Inspection& seen = prepared.inspection;
    object["kind"] = "file";
    object["name"] = hints.file_name;
    object["format"] = intake::to_string(seen.format);
    object["encoding"] = seen.encoding;
    object["header_lines"] = seen.header_lines;
    object["layer"] = seen.layer;
    object["repairs"] = repairs_of(seen);
    return out;
  }
};

}  // namespace

Result<Version> Datastore::load(TableId table, const fs::path& file, const intake::Hints& hints,
                                const LoadOptions& options) {
  MINBEN_TRY(work, WorkFolder::make(impl_->config.directory, impl_->clock, impl_->random));
  Load load{*impl_, file, hints, options, work.path()};
  const auto at_stage = [&](LoadStage stage, const Connection* reading) {
    if (options.at_stage) options.at_stage(stage, reading);
  };
  at_stage(LoadStage::inspecting, nullptr);
  MINBEN_CHECK(load.prepare(intake::Care::optimistic));
  auto connection = load.open_engine();
  if (!connection) return std::unexpected(connection.error());
  at_stage(LoadStage::reading, &*connection);
  auto done = load.read(*connection);
  if (!done && done.error().kind == Kind::invalid && !load.prepared.proven) {
    at_stage(LoadStage::inspecting, nullptr);
    MINBEN_CHECK(load.prepare(intake::Care::careful));
    connection = load.open_engine();
    if (!connection) return std::unexpected(connection.error());
    at_stage(LoadStage::reading, &*connection);
    done = load.read(*connection);
  }
  at_stage(LoadStage::indexing, nullptr);
  if (!done)
    return done.error().kind == Kind::invalid ? not_a_table(done.error())
                                              : std::unexpected(done.error());
  if (options.cancelled && options.cancelled())
    return fail(Kind::unavailable, "cancelled", "the load was cancelled");
  Draft draft;
  draft.parquet = load.parquet();
  draft.fields = load.fields;
  draft.source = load.source();
  return impl_->finish(*load.engine, table, std::move(draft));
}

}  // namespace minben::datastore
