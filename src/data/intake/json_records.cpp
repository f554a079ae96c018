#include "json_records.hpp"

#include <algorithm>

#include "topojson.hpp"

namespace minben::intake {

namespace {

constexpr std::string_view geometry_name = "geometry";

/// Writes the values of one record after another, where `place` says they are.
class Extractor final : public JsonEvents {
 public:
  /// `ends`: records are ended as they end; otherwise the caller does that.
  Extractor(const JsonPlace& place, bool features, ToWgs84* convert, bool ends, RecordWriter& out)
      : place_(place), features_(features), ends_(ends), geometry_(convert), out_(out) {}

  void begin_object() override { begin(false); }
  void begin_array() override { begin(true); }
  void end_object() override { end(false); }
  void end_array() override { end(true); }

  void key(std::string_view key) override {
    if (in_geometry_) return geometry_.key(key);
    if (capture_.depth() > 0) return capture_.key(key);
    levels_.back().key = key;
    if (recording_) names_.back().assign(key);
  }
  void string(std::string_view text) override {
    if (in_geometry_) return geometry_.string(text);
    if (capture_.depth() > 0) return capture_.string(text);
    value(text, true);
  }
  void number(std::string_view text) override {
    if (in_geometry_) return geometry_.number(text);
    raw(text, false);
  }
  void boolean(bool is) override { raw(is ? "true" : "false", false); }
  void null() override {
    if (in_geometry_ || capture_.depth() > 0) raw("null", false);
    else if (recording_) column();  // it keeps its place
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }
  [[nodiscard]] bool seen() const { return seen_; }  ///< a record
  [[nodiscard]] std::int64_t outside() const { return outside_; }

 private:
  struct Level {
    bool array = false;
    std::string key;
  };

  void raw(std::string_view text, bool quoted) {
    if (in_geometry_) return geometry_.other(text);
    if (capture_.depth() > 0) return capture_.raw(text);
    value(text, quoted);
  }

  /// The container that holds the records is open, and nothing below it.
  [[nodiscard]] bool at_records() const {
    if (levels_.size() != place_.path.size() + 1) return false;
    for (std::size_t i = 0; i < place_.path.size(); ++i)
      if (levels_[i].array || levels_[i].key != place_.path[i]) return false;
    return levels_.back().array == (place_.shape != JsonPlace::keyed);
  }

  void begin(bool array) {
    if (in_geometry_) return array ? geometry_.begin_array() : geometry_.begin_object();
    if (capture_.depth() > 0) return capture_.begin(array ? '[' : '{');
    if (recording_) return begin_inside(array);
    const bool record = place_.shape == JsonPlace::single ? levels_.empty() && !array
                                                          : at_records() && !is_scalar_row(array);
    if (record) {
      recording_ = seen_ = true;
      record_depth_ = levels_.size();
      row_ = array;
      index_ = 0;
      names_.assign(1, "");
      if (place_.shape == JsonPlace::keyed) out_.set(key_column, levels_.back().key);
    }
    levels_.push_back({array, {}});
  }
  [[nodiscard]] bool is_scalar_row(bool array) const {
    return place_.shape == JsonPlace::objects && array;
  }

  void begin_inside(bool array) {
    if (features_ && names_.size() == 1 && names_[0] == geometry_name) {
      in_geometry_ = true;
      geometry_.clear();
      return array ? geometry_.begin_array() : geometry_.begin_object();
    }
    if (array || row_) {  // lists are kept as their text
      capture_.clear();
      return capture_.begin(array ? '[' : '{');
    }
    names_.emplace_back();
    levels_.push_back({false, {}});
  }

  void end(bool array) {
    if (in_geometry_) {
      array ? geometry_.end_array() : geometry_.end_object();
      if (geometry_.depth() == 0) end_geometry();
      return;
    }
    if (capture_.depth() > 0) {
      capture_.end(array ? ']' : '}');
      if (capture_.depth() == 0) value(capture_.text(), true);
      return;
    }
    levels_.pop_back();
    if (!recording_) return;
    if (levels_.size() == record_depth_) {
      recording_ = false;
      if (ends_) state_ = out_.end_record();
    } else {
      names_.pop_back();
    }
  }

  void end_geometry() {
    in_geometry_ = false;
    outside_ += geometry_.outside();
    const std::size_t at = out_.column(geometry_column);
    out_.mark_geometry(at);
    out_.set(at, geometry_.text(), true);
    const auto point = geometry_.point();
    if (!point) return;
    std::string degrees;
    append_degrees(degrees, point->x);
    out_.set(longitude_column, degrees, false);
    degrees.clear();
    append_degrees(degrees, point->y);
    out_.set(latitude_column, degrees, false);
  }

  /// The column of the value that is being read.
  std::size_t column() {
    if (row_) return out_.column("column_" + std::to_string(++index_));
    if (features_ && names_.size() == 1 && names_[0] == geometry_name)  // null
      return out_.column(geometry_column);
    std::size_t first = 0;
    if (features_ && names_.size() > 1 && names_[0] == "properties") first = 1;
    name_.clear();
    for (std::size_t i = first; i < names_.size(); ++i) {
      if (i > first) name_.push_back('.');
      name_ += names_[i];
    }
    if (name_.starts_with(own_column)) name_.insert(0, 1, ' ');
    return out_.column(name_);
  }

  void value(std::string_view text, bool quoted) {
    if (recording_) {
      // Of a feature itself these say nothing of its row.
      if (features_ && names_.size() == 1 && (names_[0] == "type" || names_[0] == "bbox")) return;
      return out_.set(column(), text, quoted);
    }
    if (place_.shape != JsonPlace::scalars || !at_records()) return;
    out_.set("value", text, quoted);
    state_ = out_.end_record();
  }

  const JsonPlace& place_;
  bool features_;
  bool ends_;
  GeometryText geometry_;
  RecordWriter& out_;
  std::vector<Level> levels_;
  std::vector<std::string> names_;  // from the record to the value
  std::string name_;
  JsonText capture_;
  std::size_t record_depth_ = 0;
  std::size_t index_ = 0;
  std::int64_t outside_ = 0;
  bool recording_ = false;
  bool seen_ = false;
  bool row_ = false;  // the record is an array
  bool in_geometry_ = false;
  Result<void> state_;
};

/// Coordinates of GeoJSON are degrees, or what its `crs` or their size says.
std::optional<ToWgs84> conversion(const JsonFound& found, Repairs& repairs) {
  if (!found.system.empty()) {
    auto convert = ToWgs84::from(found.system);
    repairs.add(convert ? "coordinates_converted" : "unknown_crs");
    return convert;
  }
  if (found.extent.empty() || !found.extent.is_twd97()) return std::nullopt;
  repairs.add("twd97_assumed");
  return ToWgs84::from("EPSG:3826");
}

std::string joined(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& name : path) text += (text.empty() ? "" : ".") + name;
  return text;
}

}  // namespace

bool is_ndjson(std::string_view text) {
  const auto line = [&] {
    while (!text.empty() && (text[0] == '\n' || text[0] == '\r' || text[0] == '\x1e'))
      text.remove_prefix(1);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view taken = trim(text.substr(0, end));
    text.remove_prefix(end);
    return taken;
  };
  const std::string_view first = line(), second = line();
  return first.starts_with('{') && first.ends_with('}') && second.starts_with('{');
}

Result<WrittenJson> write_json_records(std::string_view text, RecordWriter& out,
                                       Inspection& inspection, Repairs& repairs,
                                       const Watch& watch) {
  MINBEN_TRY(found, find_records(text, watch));
  if (found.type == "Topology") {
    MINBEN_CHECK(write_topojson_records(text, out, inspection, repairs, watch));
    return WrittenJson{Format::topojson, false};
  }
  if (found.place.count == 0) return not_a_table("JSON without records");
  const bool collection =
      found.type == "FeatureCollection" && found.place.path == std::vector<std::string>{"features"};
  const bool features = collection || found.type == "Feature";
  if (found.type == "Feature") found.place = {JsonPlace::single, {}, 1, 0};
  auto convert = features ? conversion(found, repairs) : std::nullopt;
  Extractor extractor(found.place, features, convert ? &*convert : nullptr, true, out);
  MINBEN_CHECK(read_json(text, extractor, watch.limits()));
  repairs.add("position_outside", 0, extractor.outside());
  repairs.add("other_tables", 0, std::max<std::int64_t>(found.place.others, 0));
  inspection.layer = joined(found.place.path);
  return WrittenJson{features ? Format::geojson : Format::json,
                     found.place.shape == JsonPlace::arrays};
}

Result<void> write_ndjson_records(std::string_view text, bool features, RecordWriter& out,
                                  Repairs& repairs, const Watch& watch) {
  constexpr std::int64_t bad_at_the_start = 10;
  const JsonPlace place{JsonPlace::single, {}, 1, 0};
  std::int64_t line_number = 0, bad = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    ++line_number;
    const std::string_view value = line.starts_with('\x1e') ? line.substr(1) : line;
    if (value.empty()) continue;
    Extractor extractor(place, features, nullptr, false, out);
    const auto read = read_json(value, extractor, watch.limits());
    if (read && extractor.seen()) {
      MINBEN_CHECK(out.end_record());
      continue;
    }
    if (!read && read.error().code != "not_json") return read;
    out.drop_record();
    repairs.add("bad_line", line_number);
    if (++bad >= bad_at_the_start && out.records() < bad)
      return not_a_table("lines that are no JSON");
  }
  return {};
}

}  // namespace minben::intake
