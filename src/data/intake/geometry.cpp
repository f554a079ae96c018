#include "geometry.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <proj.h>

namespace minben::intake {

struct ToWgs84::Implementation {
  PJ_CONTEXT* context = nullptr;
  PJ* transformation = nullptr;
  ~Implementation() {
    proj_destroy(transformation);
    proj_context_destroy(context);
  }
};

ToWgs84::ToWgs84(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
ToWgs84::ToWgs84(ToWgs84&&) noexcept = default;
ToWgs84& ToWgs84::operator=(ToWgs84&&) noexcept = default;
ToWgs84::~ToWgs84() = default;

std::optional<ToWgs84> ToWgs84::from(std::string_view system) {
  auto made = std::make_unique<Implementation>();
  made->context = proj_context_create();
  proj_log_level(made->context, PJ_LOG_NONE);
  proj_context_set_enable_network(made->context, 0);
  PJ* const plain =
      proj_create_crs_to_crs(made->context, std::string(system).c_str(), "EPSG:4326", nullptr);
  if (plain == nullptr) return std::nullopt;
  made->transformation = proj_normalize_for_visualization(made->context, plain);  // x is east
  proj_destroy(plain);
  if (made->transformation == nullptr) return std::nullopt;
  return ToWgs84(std::move(made));
}

std::optional<Position> ToWgs84::operator()(Position at) {
  const PJ_COORD to =
      proj_trans(implementation_->transformation, PJ_FWD, proj_coord(at.x, at.y, 0, HUGE_VAL));
  if (!std::isfinite(to.xy.x) || !std::isfinite(to.xy.y) || std::abs(to.xy.x) > 180 ||
      std::abs(to.xy.y) > 90)
    return std::nullopt;
  return Position{to.xy.x, to.xy.y};
}

void Extent::add(Position at) {
  least_x = std::min(least_x, at.x);
  least_y = std::min(least_y, at.y);
  greatest_x = std::max(greatest_x, at.x);
  greatest_y = std::max(greatest_y, at.y);
}

bool Extent::is_twd97() const {
  return least_x >= 90'000 && greatest_x <= 400'000 && least_y >= 2'400'000 &&
         greatest_y <= 2'950'000;
}

std::string named_system(std::string_view name) {
  const std::string lower = to_lower_ascii(name);
  const std::size_t at = lower.find("epsg");
  if (at == std::string::npos || lower.contains("crs84")) return {};
  std::string_view code = std::string_view(lower).substr(at + 4);
  while (!code.empty() && (code.front() < '0' || code.front() > '9')) code.remove_prefix(1);
  const std::size_t version = code.find_last_of(":/");  // "EPSG:9.9:3826"
  if (version != std::string_view::npos) code.remove_prefix(version + 1);
  const auto number = parse_integer(code, 1, 999'999);
  if (!number || *number == 4326 || *number == 3824) return {};  // 3824: TWD97 in degrees
  return fmt::format("EPSG:{}", *number);
}

void append_degrees(std::string& out, double value) {
  std::string text = fmt::format("{:.7f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  out += text;
}

void GeometryText::clear() {
  text_.clear();
  key_.clear();
  type_.clear();
  position_.clear();
  first_.reset();
  outside_ = false;
}

void GeometryText::begin_object() { text_.begin('{'); }
void GeometryText::end_object() { text_.end('}'); }

void GeometryText::begin_array() {
  flush_position();
  text_.begin('[');
}

void GeometryText::end_array() {
  flush_position();
  text_.end(']');
}

void GeometryText::key(std::string_view key) {
  text_.key(key);
  key_ = key;
}

void GeometryText::string(std::string_view text) {
  if (text_.depth() == 1 && key_ == "type") type_ = text;
  text_.string(text);
}

void GeometryText::number(std::string_view text) {
  if (key_ == "coordinates") position_.emplace_back(text);
  else text_.raw(text);
}

void GeometryText::other(std::string_view text) { text_.raw(text); }

void GeometryText::flush_position() {
  if (position_.empty()) return;
  if (position_.size() >= 2) {
    Position at;
    const auto read = [](const std::string& text, double& value) {
      std::from_chars(text.data(), text.data() + text.size(), value);
    };
    read(position_[0], at.x);
    read(position_[1], at.y);
    if (convert_ != nullptr) {
      const auto to = (*convert_)(at);
      outside_ = outside_ || !to;
      if (to) {
        at = *to;
        for (std::string& one : position_) one.clear();
        append_degrees(position_[0], at.x);
        append_degrees(position_[1], at.y);
        position_.resize(2);  // heights are of another system
      }
    }
    if (!first_) first_ = at;
  }
  for (const std::string& one : position_) text_.raw(one);
  position_.clear();
}

std::optional<Position> GeometryText::point() const {
  return type_ == "Point" ? first_ : std::nullopt;
}

}  // namespace minben::intake
