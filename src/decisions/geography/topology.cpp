#include "topology.hpp"

#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace minben::geography {

namespace {

constexpr std::size_t max_bytes = 32u << 20;
constexpr std::size_t max_places = 4'000'000;

std::unexpected<Error> bad(std::string_view where, std::string_view what) {
  return fail(Kind::invalid, "not_topojson", what, where);
}

std::optional<double> number(const Json& value) {
  boost::system::error_code error;
  const double read = value.to_number<double>(error);
  if (error || !std::isfinite(read)) return std::nullopt;
  return read;
}

std::optional<std::array<double, 2>> pair(const Json* value) {
  if (value == nullptr || !value->is_array() || value->get_array().size() < 2) return std::nullopt;
  const auto first = number(value->get_array()[0]);
  const auto second = number(value->get_array()[1]);
  if (!first || !second) return std::nullopt;
  return std::array{*first, *second};
}

/// §2.1.2: with a transform, each place is the sum of what stands before it.
struct Transform {
  std::array<double, 2> scale{1, 1};
  std::array<double, 2> translate{0, 0};
  bool delta = false;
};

Result<Transform> read_transform(const Json& root) {
  const Json* value = find(root, "transform");
  if (value == nullptr) return Transform{};
  const auto scale = pair(find(*value, "scale"));
  const auto translate = pair(find(*value, "translate"));
  if (!scale || !translate) return bad("/transform", "scale and translate are two numbers each");
  return Transform{*scale, *translate, true};
}

Result<std::vector<Position>> read_arc(const Json& value, const Transform& transform,
                                       const std::string& where) {
  if (!value.is_array() || value.get_array().size() < 2)
    return bad(where, "an arc has two places or more");
  std::vector<Position> arc;
  arc.reserve(value.get_array().size());
  std::array<double, 2> sum{0, 0};
  for (const Json& entry : value.get_array()) {
    const auto place = pair(&entry);
    if (!place) return bad(where, "a place is two numbers");
    for (std::size_t i = 0; i < 2; ++i)
      sum[i] = transform.delta ? sum[i] + (*place)[i] : (*place)[i];
    const Position position{sum[0] * transform.scale[0] + transform.translate[0],
                            sum[1] * transform.scale[1] + transform.translate[1]};
    if (!near_taiwan(position)) return bad(where, "a place is far from Taiwan");
    arc.push_back(position);
  }
  return arc;
}

class Reader {
 public:
  explicit Reader(const std::vector<std::vector<Position>>& arcs) : arcs_(arcs) {}

  Result<Feature> feature(const Json& geometry, const std::string& where) {
    Feature read;
    if (const Json* properties = minben::find(geometry, "properties");
        properties != nullptr && properties->is_object())
      read.properties = properties->get_object();
    const Json* arcs = minben::find(geometry, "arcs");
    const std::string type = string_or(geometry, "type");
    if (arcs == nullptr || !arcs->is_array()) return bad(where, "no arcs");
    if (type == "Polygon") {
      MINBEN_TRY(rings, polygon(*arcs, where));
      read.polygons.push_back(std::move(rings));
    } else if (type == "MultiPolygon") {
      for (const Json& one : arcs->get_array()) {
        MINBEN_TRY(rings, polygon(one, where));
        read.polygons.push_back(std::move(rings));
      }
    } else {
      return bad(where, "neither a Polygon nor a MultiPolygon");
    }
    return read;
  }

 private:
  Result<std::vector<Ring>> polygon(const Json& value, const std::string& where) {
    if (!value.is_array()) return bad(where, "a polygon is a list of rings");
    std::vector<Ring> rings;
    for (const Json& ring : value.get_array()) {
      MINBEN_TRY(read, one_ring(ring, where));
      rings.push_back(std::move(read));
    }
    return rings;
  }

  Result<Ring> one_ring(const Json& value, const std::string& where) {
    if (!value.is_array() || value.get_array().empty()) return bad(where, "a ring has arcs");
    Ring ring;
    for (const Json& entry : value.get_array()) {
      const std::int64_t* index = entry.if_int64();
      const auto count = static_cast<std::int64_t>(arcs_.size());
      if (index == nullptr || *index >= count || *index < -count) return bad(where, "no such arc");
      const auto arc = static_cast<std::int32_t>(*index);
      places_ += arcs_[static_cast<std::size_t>(arc < 0 ? ~arc : arc)].size();
      if (places_ > max_places) return bad(where, "too many places");
      ring.push_back(arc);
    }
    return ring;
  }

  const std::vector<std::vector<Position>>& arcs_;
  std::size_t places_ = 0;
};

}  // namespace

Result<Topology> read_topology(std::string_view text, std::string_view object) {
  MINBEN_TRY(root, parse_json(text, {.max_bytes = max_bytes, .max_depth = 16}));
  if (string_or(root, "type") != "Topology") return bad("/type", "not a Topology");
  MINBEN_TRY(transform, read_transform(root));
  const Json* arcs = find(root, "arcs");
  if (arcs == nullptr || !arcs->is_array()) return bad("/arcs", "missing");
  Topology topology;
  for (const Json& value : arcs->get_array()) {
    MINBEN_TRY(arc, read_arc(value, transform, fmt::format("/arcs/{}", topology.arcs.size())));
    topology.arcs.push_back(std::move(arc));
  }
  const std::string where = fmt::format("/objects/{}", object);
  const Json* objects = find(root, "objects");
  const Json* wanted = objects == nullptr ? nullptr : find(*objects, object);
  const Json* geometries = wanted == nullptr ? nullptr : find(*wanted, "geometries");
  if (geometries == nullptr || !geometries->is_array()) return bad(where, "no such collection");
  Reader reader(topology.arcs);
  for (const Json& geometry : geometries->get_array()) {
    MINBEN_TRY(feature, reader.feature(geometry, fmt::format("{}/geometries/{}", where,
                                                             topology.features.size())));
    topology.features.push_back(std::move(feature));
  }
  return topology;
}

}  // namespace minben::geography
