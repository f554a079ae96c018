// Read here and not by GDAL: its LIBKML driver writes "______" for names of fields in Chinese, and
// its KML driver leaves the fields out.
#include "kml.hpp"

#include <charconv>
#include <optional>

#include "geometry.hpp"
#include "xml.hpp"

namespace minben::intake {

namespace {

/// "121.5,25.03,0 121.6,25.04" as GeoJSON positions, without heights.
std::vector<std::string> positions(std::string_view text, std::optional<Position>& first) {
  std::vector<std::string> all;
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty()) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    std::size_t end = 0;
    while (end < text.size() && !is_space(text[end])) ++end;
    const std::string_view tuple = text.substr(0, end);
    text.remove_prefix(end);
    const std::size_t comma = tuple.find(',');
    if (comma == std::string_view::npos) continue;
    Position at;
    const auto x = std::from_chars(tuple.data(), tuple.data() + comma, at.x);
    const auto y = std::from_chars(tuple.data() + comma + 1, tuple.data() + tuple.size(), at.y);
    if (x.ec != std::errc{} || y.ec != std::errc{}) continue;
    if (!first) first = at;
    std::string one = "[";
    append_degrees(one, at.x);
    one += ',';
    append_degrees(one, at.y);
    all.push_back(one + "]");
  }
  return all;
}

std::string list(const std::vector<std::string>& parts) {
  std::string text = "[";
  for (const std::string& part : parts) text += (text.size() > 1 ? "," : "") + part;
  return text + "]";
}

/// Geometries of one Placemark, as their parts come.
class Shapes {
 public:
  void begin_polygon() { rings_.clear(); }
  void coordinates(std::string_view element, std::string_view text) {
    std::optional<Position> first;
    const std::vector<std::string> all = positions(text, first);
    if (all.empty()) return;
    if (element == "Point") {
      shapes_.push_back(R"({"type":"Point","coordinates":)" + all[0] + "}");
      point_ = first;
    } else if (element == "LineString") {
      shapes_.push_back(R"({"type":"LineString","coordinates":)" + list(all) + "}");
    } else {
      rings_.push_back(list(all));
    }
  }
  void end_polygon() {
    if (!rings_.empty())
      shapes_.push_back(R"({"type":"Polygon","coordinates":)" + list(rings_) + "}");
    rings_.clear();
  }
  void write(RecordWriter& out) {
    const std::size_t column = out.column(geometry_column);
    out.mark_geometry(column);
    if (shapes_.size() == 1) out.set(column, shapes_[0], true);
    else if (shapes_.size() > 1)
      out.set(column, R"({"type":"GeometryCollection","geometries":)" + list(shapes_) + "}", true);
    if (shapes_.size() == 1 && point_) {
      std::string degrees;
      append_degrees(degrees, point_->x);
      out.set(longitude_column, degrees, false);
      degrees.clear();
      append_degrees(degrees, point_->y);
      out.set(latitude_column, degrees, false);
    }
    shapes_.clear();
    rings_.clear();
    point_.reset();
  }

 private:
  std::vector<std::string> shapes_;
  std::vector<std::string> rings_;
  std::optional<Position> point_;
};

class Placemarks final : public XmlEvents {
 public:
  Placemarks(RecordWriter& out, std::size_t max_bytes) : out_(out), max_bytes_(max_bytes) {}

  void begin(std::string_view name, const Attributes& attributes) override {
    names_.emplace_back(name);
    text_.clear();
    if (name == "Placemark" && mark_ == 0) mark_ = names_.size();
    if (name == "Data" || name == "SimpleData") field_ = attribute(attributes, "name");
    if (name == "Polygon") shapes_.begin_polygon();
    if (name == "Point" || name == "LineString" || name == "LinearRing") shape_ = name;
  }

  void end() override {
    const std::string name = std::move(names_.back());
    names_.pop_back();
    if (mark_ > 0) end_inside(name);
    else if (name == "name" && !names_.empty() && names_.back() == "Folder") folder_ = trim(text_);
    text_.clear();
  }

  void text(std::string_view text) override {
    text_.append(text);
    if (text_.size() > max_bytes_ && state_)
      state_ = fail(Kind::too_large, "cell_too_large", "Limits::max_geometry_bytes");
  }
  [[nodiscard]] const Result<void>& state() const override { return state_; }

 private:
  void end_inside(const std::string& name) {
    const std::string_view value = trim(text_);
    if (name == "Placemark" && names_.size() + 1 == mark_) {
      if (!folder_.empty()) out_.set(folder_column, folder_);
      shapes_.write(out_);
      state_ = out_.end_record();
      mark_ = 0;
    } else if (name == "coordinates") {
      shapes_.coordinates(shape_, value);
    } else if (name == "Polygon") {
      shapes_.end_polygon();
    } else if (name == "value" || name == "SimpleData") {
      if (!field_.empty()) set(field_, value);
    } else if (names_.size() == mark_ && (name == "name" || name == "description" ||
                                          name == "address" || name == "phoneNumber")) {
      set(name, value);
    } else if (names_.size() == mark_ + 1 && (name == "when" || name == "begin" || name == "end")) {
      set(name, value);
    }
  }
  void set(const std::string& name, std::string_view value) {
    if (value.empty()) out_.column(name);
    else out_.set(name, value);
  }

  RecordWriter& out_;
  std::size_t max_bytes_;
  std::vector<std::string> names_;
  std::size_t mark_ = 0;  // depth of the Placemark; 0: outside
  std::string folder_, field_, shape_, text_;
  Shapes shapes_;
  Result<void> state_;
};

}  // namespace

Result<void> write_kml_records(std::string_view text, RecordWriter& out, const Watch& watch) {
  Placemarks placemarks(out, watch.limits().max_geometry_bytes);
  MINBEN_CHECK(read_xml(text, placemarks, watch));
  return out.records() > 0 ? Result<void>{} : not_a_table("KML without placemarks");
}

}  // namespace minben::intake
