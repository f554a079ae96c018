// The TopoJSON Format Specification 1.0 (topojson/topojson-specification), sections 2 and 3.
#include "topojson.hpp"

#include <cmath>

#include "geometry.hpp"

namespace minben::intake {

namespace {

constexpr std::size_t max_topology_bytes = 256u << 20;  // it has to be in memory
constexpr std::size_t max_depth_of_collections = 8;

std::unexpected<Error> broken(std::string_view why) {
  return fail(Kind::invalid, "not_a_table",
              std::string("a TopoJSON file with ") + std::string(why));
}

std::optional<double> number(const Json& value) {
  if (value.is_double()) return value.get_double();
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  return std::nullopt;
}

std::optional<Position> position(const Json& value) {
  if (!value.is_array() || value.get_array().size() < 2) return std::nullopt;
  const auto x = number(value.get_array()[0]), y = number(value.get_array()[1]);
  return x && y ? std::optional(Position{*x, *y}) : std::nullopt;
}

using Line = std::vector<Position>;

/// Scale, offset and shared lines.
class Topology {
 public:
  static Result<Topology> read(const Json& root) {
    Topology topology;
    if (const Json* transform = find(root, "transform")) {
      const Json* scale = find(*transform, "scale");
      const Json* translate = find(*transform, "translate");
      const auto by = scale ? position(*scale) : std::nullopt;
      const auto from = translate ? position(*translate) : std::nullopt;
      if (!by || !from) return broken("a broken transform");
      topology.scale_ = *by;
      topology.translate_ = *from;
      topology.quantized_ = true;
    }
    const Json* arcs = find(root, "arcs");
    if (arcs == nullptr || !arcs->is_array()) return broken("no arcs");
    for (const Json& arc : arcs->get_array()) {
      MINBEN_TRY(line, topology.decode(arc));
      topology.arcs_.push_back(std::move(line));
    }
    return topology;
  }

  [[nodiscard]] Position place(Position at) const {
    if (!quantized_) return at;
    return {at.x * scale_.x + translate_.x, at.y * scale_.y + translate_.y};
  }

  /// Arcs one after another; where two meet their common point is there once. ~i: reversed.
  [[nodiscard]] Result<Line> stitch(const Json& indexes, std::size_t max_positions) const {
    if (!indexes.is_array()) return broken("no list of arcs");
    Line line;
    for (const Json& one : indexes.get_array()) {
      if (!one.is_int64()) return broken("an arc that is no number");
      const std::int64_t index = one.get_int64();
      const auto at = static_cast<std::size_t>(index < 0 ? ~index : index);
      if (at >= arcs_.size()) return broken("an arc that does not exist");
      const Line& arc = arcs_[at];
      if (!line.empty()) line.pop_back();
      if (line.size() + arc.size() > max_positions)
        return fail(Kind::too_large, "cell_too_large", "Limits::max_geometry_bytes");
      if (index < 0) line.insert(line.end(), arc.rbegin(), arc.rend());
      else line.insert(line.end(), arc.begin(), arc.end());
    }
    return line;
  }

 private:
  [[nodiscard]] Result<Line> decode(const Json& arc) const {
    if (!arc.is_array()) return broken("an arc that is no list");
    Line line;
    Position sum;
    for (const Json& one : arc.get_array()) {
      const auto at = position(one);
      if (!at) return broken("a position that is none");
      sum = quantized_ ? Position{sum.x + at->x, sum.y + at->y} : *at;
      line.push_back(place(sum));
    }
    return line;
  }

  bool quantized_ = false;
  Position scale_, translate_;
  std::vector<Line> arcs_;
};

/// Writes geometries as GeoJSON text.
class Writer {
 public:
  Writer(const Topology& topology, ToWgs84* convert, std::size_t max_bytes)
      : topology_(topology), convert_(convert), max_bytes_(max_bytes) {}

  Result<std::string> operator()(const Json& geometry) {
    out_.clear();
    point_.reset();
    MINBEN_CHECK(write(geometry, 0));
    return out_;
  }
  [[nodiscard]] std::optional<Position> point() const { return point_; }

 private:
  Result<void> write(const Json& geometry, std::size_t depth) {
    const std::string type = string_or(geometry, "type");
    if (depth > max_depth_of_collections) return fail(Kind::too_large, "too_deep", "collections");
    if (type == "GeometryCollection") return collection(geometry, depth);
    out_ += R"({"type":")" + type + R"(","coordinates":)";
    const Json* at = find(geometry, type.ends_with("Point") ? "coordinates" : "arcs");
    if (at == nullptr) return broken("a geometry without coordinates");
    if (type == "Point") MINBEN_CHECK(point(*at, true));
    else if (type == "MultiPoint") MINBEN_CHECK(list(*at, &Writer::plain_point));
    else if (type == "LineString") MINBEN_CHECK(line(*at));
    else if (type == "MultiLineString" || type == "Polygon") MINBEN_CHECK(list(*at, &Writer::line));
    else if (type == "MultiPolygon") MINBEN_CHECK(list(*at, &Writer::lines));
    else return broken("an unknown geometry");
    out_ += '}';
    return {};
  }

  Result<void> collection(const Json& geometry, std::size_t depth) {
    const Json* parts = find(geometry, "geometries");
    if (parts == nullptr || !parts->is_array()) return broken("an empty collection");
    out_ += R"({"type":"GeometryCollection","geometries":[)";
    for (bool first = true; const Json& part : parts->get_array()) {
      if (!std::exchange(first, false)) out_ += ',';
      MINBEN_CHECK(write(part, depth + 1));
    }
    out_ += "]}";
    return {};
  }

  Result<void> list(const Json& parts, Result<void> (Writer::*each)(const Json&)) {
    if (!parts.is_array()) return broken("no list of parts");
    out_ += '[';
    for (bool first = true; const Json& part : parts.get_array()) {
      if (!std::exchange(first, false)) out_ += ',';
      MINBEN_CHECK((this->*each)(part));
    }
    out_ += ']';
    return {};
  }
  Result<void> lines(const Json& parts) { return list(parts, &Writer::line); }
  Result<void> plain_point(const Json& value) { return point(value, false); }

  Result<void> point(const Json& value, bool alone) {
    const auto at = position(value);
    if (!at) return broken("a position that is none");
    const Position placed = append(topology_.place(*at));
    if (alone) point_ = placed;
    return {};
  }

  Result<void> line(const Json& indexes) {
    MINBEN_TRY(stitched, topology_.stitch(indexes, max_bytes_ / 8));
    out_ += '[';
    for (bool first = true; const Position& at : stitched) {
      if (!std::exchange(first, false)) out_ += ',';
      append(at);
    }
    out_ += ']';
    if (out_.size() > max_bytes_)
      return fail(Kind::too_large, "cell_too_large", "Limits::max_geometry_bytes");
    return {};
  }

  Position append(Position at) {
    if (convert_ != nullptr) at = (*convert_)(at).value_or(at);
    out_ += '[';
    append_degrees(out_, at.x);
    out_ += ',';
    append_degrees(out_, at.y);
    out_ += ']';
    return at;
  }

  const Topology& topology_;
  ToWgs84* convert_;
  std::size_t max_bytes_;
  std::string out_;
  std::optional<Position> point_;
};

void set_property(RecordWriter& out, const std::string& name, const Json& value) {
  if (value.is_null()) out.column(name);
  else if (value.is_string()) out.set(name, {value.get_string().data(), value.get_string().size()});
  else if (value.is_object())
    for (const auto& [key, inner] : value.get_object())
      set_property(out, name + "." + std::string(key), inner);
  else out.set(name, write_json(value), value.is_array());
}

Result<void> write_geometry(const Json& geometry, Writer& writer, RecordWriter& out) {
  if (const Json* id = find(geometry, "id")) set_property(out, "id", *id);
  if (const Json* properties = find(geometry, "properties"); properties && properties->is_object())
    for (const auto& [key, value] : properties->get_object())
      set_property(out, std::string(key), value);
  const std::size_t column = out.column(geometry_column);
  out.mark_geometry(column);
  const Json* type = find(geometry, "type");
  if (type != nullptr && type->is_string()) {
    MINBEN_TRY(text, writer(geometry));
    out.set(column, text, true);
  }
  if (const auto point = writer.point()) {
    std::string degrees;
    append_degrees(degrees, point->x);
    out.set(longitude_column, degrees, false);
    degrees.clear();
    append_degrees(degrees, point->y);
    out.set(latitude_column, degrees, false);
  }
  return out.end_record();
}

/// The object with most geometries: towns, beside the counties and the nation that they are in.
const Json* largest_object(const JsonObject& objects, std::string& name) {
  const Json* largest = nullptr;
  std::size_t most = 0;
  for (const auto& [key, object] : objects) {
    const Json* parts = find(object, "geometries");
    const std::size_t count =
        parts != nullptr && parts->is_array() ? parts->get_array().size() : object.is_object();
    if (count <= most) continue;
    most = count;
    largest = &object;
    name = key;
  }
  return largest;
}

std::optional<ToWgs84> conversion(const Topology& topology, const Json& root, Repairs& repairs) {
  const Json* box = find(root, "bbox");
  const bool stated = box != nullptr && box->is_array() && box->get_array().size() == 4;
  Extent extent;
  if (stated)
    for (const std::size_t i : {0u, 2u}) {
      const auto x = number(box->get_array()[i]), y = number(box->get_array()[i + 1]);
      if (x && y) extent.add({*x, *y});
    }
  else extent.add(topology.place({0, 0}));
  if (!extent.is_twd97()) return std::nullopt;
  repairs.add("twd97_assumed");
  return ToWgs84::from("EPSG:3826");
}

}  // namespace

Result<void> write_topojson_records(std::string_view text, RecordWriter& out,
                                    Inspection& inspection, Repairs& repairs, const Watch& watch) {
  if (text.size() > max_topology_bytes)
    return fail(Kind::too_large, "file_too_large", "a topology beyond 256 MiB");
  MINBEN_TRY(root, parse_json(text, {max_topology_bytes, watch.limits().max_depth}));
  MINBEN_CHECK(watch.check());
  const Json* objects = find(root, "objects");
  if (objects == nullptr || !objects->is_object()) return broken("no objects");
  MINBEN_TRY(topology, Topology::read(root));
  const Json* layer = largest_object(objects->get_object(), inspection.layer);
  if (layer == nullptr) return broken("no objects");
  repairs.add("other_layers", 0, static_cast<std::int64_t>(objects->get_object().size()) - 1);
  auto convert = conversion(topology, root, repairs);
  Writer writer(topology, convert ? &*convert : nullptr, watch.limits().max_geometry_bytes);
  const Json* parts = find(*layer, "geometries");
  if (parts == nullptr || !parts->is_array()) return write_geometry(*layer, writer, out);
  for (const Json& geometry : parts->get_array())
    MINBEN_CHECK(write_geometry(geometry, writer, out));
  return {};
}

}  // namespace minben::intake
