#include "exports.hpp"

#include "question.hpp"
#include "records.hpp"

namespace minben::datastore {

namespace {

constexpr std::size_t piece_bytes = 96u << 10;
/// How often it is asked whether the table was withdrawn meanwhile.
constexpr std::size_t bytes_between_checks = 16u << 20;

using Sink = std::function<Result<void>(std::string_view)>;

/// Columns that say where a row is: one with geometry, or two with degrees.
struct Places {
  std::optional<std::size_t> geometry, longitude, latitude;  ///< of the chosen ones
};

class Exporting {
 public:
  Exporting(Datastore::Impl& own, const State& state, const Export& wanted, const Sink& sink)
      : own_(own), state_(state), wanted_(wanted), sink_(sink) {}

  Result<void> run() {
    const auto& fields = state_.fields();
    MINBEN_TRY(filter, parse_filters(wanted_.filters, fields));
    MINBEN_TRY(keys, parse_sort(wanted_.sort, fields));
    MINBEN_TRY(chosen, find_fields(fields, wanted_.fields));
    if (chosen.empty())
      for (int i = 0; i < std::ssize(fields); ++i) chosen.push_back(i);
    if (wanted_.format == ExportFormat::geojson) MINBEN_CHECK(find_places(chosen));
    for (const int field : chosen) names_.push_back(name_of(field, fields));
    Sql sql;
    add_where(sql, filter, fields);
    sql.text = "select " + columns_of(chosen, fields) + " from " + state_.source() + " where " +
               sql.text + order_by(keys, fields, true);
    MINBEN_TRY(connection, own_.connect());
    MINBEN_TRY(rows, connection.query(sql.text, sql.params, own_.config.export_time));
    begin();
    while (true) {
      MINBEN_TRY(chunk, rows.next());
      if (chunk == nullptr) break;
      for (std::size_t row = 0; row < chunk->rows; ++row) {
        add(*chunk, row);
        if (piece_.size() >= piece_bytes) MINBEN_CHECK(send());
      }
    }
    end();
    return send();
  }

 private:
  Result<void> find_places(const std::vector<int>& chosen) {
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i] < 0) continue;
      const Field& field = state_.fields()[static_cast<std::size_t>(chosen[i])];
      if (field.type == intake::Type::geometry && !places_.geometry) places_.geometry = i;
      if (field.role == intake::Role::longitude && !places_.longitude) places_.longitude = i;
      if (field.role == intake::Role::latitude && !places_.latitude) places_.latitude = i;
    }
    if (places_.geometry || (places_.longitude && places_.latitude)) return {};
    return fail(Kind::invalid, "no_places", "no field of this table says where its rows are",
                "format");
  }

  void begin() {
    switch (wanted_.format) {
      case ExportFormat::csv:
        writer_.emplace(RowForm::csv, names_, wanted_.spreadsheet);
        break;
      case ExportFormat::tsv:
        writer_.emplace(RowForm::tsv, names_, wanted_.spreadsheet);
        break;
      case ExportFormat::xml:
        writer_.emplace(RowForm::xml, names_);
        break;
      default:
        writer_.emplace(RowForm::object, names_);
    }
    if (wanted_.format == ExportFormat::csv || wanted_.format == ExportFormat::tsv) {
      if (wanted_.bom) piece_ += "\xEF\xBB\xBF";
      writer_->header(piece_);
    }
    if (wanted_.format == ExportFormat::json) piece_ += '[';
    if (wanted_.format == ExportFormat::geojson)
      piece_ += "{\"type\":\"FeatureCollection\",\"features\":[";
    if (wanted_.format == ExportFormat::xml)
      piece_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rows>\n";
  }

  void end() {
    if (wanted_.format == ExportFormat::json) piece_ += "\n]\n";
    if (wanted_.format == ExportFormat::geojson) piece_ += "\n]}\n";
    if (wanted_.format == ExportFormat::xml) piece_ += "</rows>\n";
  }

  void add(const Chunk& chunk, std::size_t row) {
    const bool listed =
        wanted_.format == ExportFormat::json || wanted_.format == ExportFormat::geojson;
    if (listed) piece_ += first_ ? "\n" : ",\n";
    first_ = false;
    if (wanted_.format == ExportFormat::geojson) return add_feature(chunk, row);
    writer_->row(piece_, chunk, row);
    if (wanted_.format == ExportFormat::ndjson) piece_ += '\n';
  }

  void add_feature(const Chunk& chunk, std::size_t row) {
    piece_ += "{\"type\":\"Feature\",\"geometry\":";
    add_geometry(chunk, row);
    piece_ += ",\"properties\":";
    writer_->row(piece_, chunk, row);
    piece_ += '}';
  }

  void add_geometry(const Chunk& chunk, std::size_t row) {
    if (places_.geometry) {
      const auto& column = chunk.columns[*places_.geometry];
      // Rows that were written by calls may hold anything.
      const bool sound = !column.is_null(row) && parse_json(column.text(row), {64u << 20, 64});
      piece_ += sound ? column.text(row) : "null";
      return;
    }
    const auto& longitude = chunk.columns[*places_.longitude];
    const auto& latitude = chunk.columns[*places_.latitude];
    if (longitude.is_null(row) || latitude.is_null(row)) {
      piece_ += "null";
      return;
    }
    piece_ += "{\"type\":\"Point\",\"coordinates\":[";
    longitude.append_json(piece_, row);
    piece_ += ',';
    latitude.append_json(piece_, row);
    piece_ += "]}";
  }

  Result<void> send() {
    MINBEN_CHECK(sink_(piece_));
    unchecked_ += piece_.size();
    piece_.clear();
    if (unchecked_ < bytes_between_checks) return {};
    unchecked_ = 0;
    return own_.check_open(state_.table.id);
  }

  Datastore::Impl& own_;
  const State& state_;
  const Export& wanted_;
  const Sink& sink_;
  Places places_{};
  std::vector<std::string> names_{};
  std::optional<RecordWriter> writer_{};
  std::string piece_{};
  std::size_t unchecked_ = 0;
  bool first_ = true;
};

}  // namespace

std::string_view media_type(ExportFormat format) {
  switch (format) {
    case ExportFormat::csv:
      return "text/csv; charset=utf-8";
    case ExportFormat::tsv:
      return "text/tab-separated-values; charset=utf-8";
    case ExportFormat::json:
      return "application/json";
    case ExportFormat::ndjson:
      return "application/x-ndjson";
    case ExportFormat::geojson:
      return "application/geo+json";
    case ExportFormat::xml:
      return "application/xml";
  }
  return "application/octet-stream";
}

Result<void> Datastore::export_rows(TableId table, const Export& wanted,
                                    const std::function<Result<void>(std::string_view)>& sink) {
  MINBEN_TRY(state, impl_->state(table, wanted.version));
  return Exporting(*impl_, state, wanted, sink).run();
}

}  // namespace minben::datastore
