#include "json_find.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace minben::intake {

namespace {

/// Arrays of these names describe the records and are none.
bool describes(const std::vector<std::string>& path) {
  static constexpr std::array<std::string_view, 10> names{
      "fields", "columns", "schema",  "links",  "metadata",
      "extras", "errors",  "headers", "facets", "resources"};
  return !path.empty() && std::ranges::find(names, to_lower_ascii(path.back())) != names.end();
}

class Finder final : public JsonEvents {
 public:
  explicit Finder(const Watch& watch) : watch_(watch) {}

  void begin_object() override { begin(false); }
  void begin_array() override { begin(true); }
  void end_object() override { end(); }
  void end_array() override { end(); }
  void key(std::string_view key) override { levels_.back().key = key; }
  void string(std::string_view text) override {
    scalar();
    if (levels_.size() == 1 && levels_[0].key == "type") found_.type = text;
    if (levels_.size() == 3 && levels_[0].key == "crs" && levels_[1].key == "properties" &&
        levels_[2].key == "name")
      found_.system = named_system(text);
  }
  void number(std::string_view text) override {
    scalar();
    if (!in_coordinates_) return;
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    const std::int64_t index = levels_.back().children;
    if (index == 1) x_ = value;
    if (index == 2) found_.extent.add({x_, value});
  }
  void boolean(bool) override { scalar(); }
  void null() override { scalar(); }
  [[nodiscard]] const Result<void>& state() const override { return state_; }

  JsonFound finish() {
    JsonPlace& place = found_.place;
    const bool keyed = best_[JsonPlace::keyed].count >= 3 &&
                       best_[JsonPlace::keyed].count > best_[JsonPlace::objects].count;
    if (keyed) place = best_[JsonPlace::keyed];
    else if (best_[JsonPlace::objects].count > 0) place = best_[JsonPlace::objects];
    else if (best_[JsonPlace::arrays].count > 0) place = best_[JsonPlace::arrays];
    else if (best_[JsonPlace::scalars].count > 0 && best_[JsonPlace::scalars].path.size() <= 1)
      place = best_[JsonPlace::scalars];
    else if (root_is_object_) place = {JsonPlace::single, {}, 1, 0};
    if (place.shape == JsonPlace::objects) place.others = object_arrays_ - 1;
    return std::move(found_);
  }

 private:
  struct Level {
    bool array = false;
    std::string key;  // of the member that is being read
    std::int64_t children = 0;
    std::int64_t objects = 0;
    std::int64_t arrays = 0;
  };

  void begin(bool array) {
    if (levels_.empty()) root_is_object_ = !array;
    if (!levels_.empty()) {
      Level& above = levels_.back();
      ++above.children;
      ++(array ? above.arrays : above.objects);
      if (!above.array && above.key == "coordinates" && array) in_coordinates_ = levels_.size() + 1;
    }
    if (array) ++arrays_around_;
    levels_.push_back({array, {}, 0, 0, 0});
    if (++events_ % 4096 == 0) state_ = watch_.check();
  }

  void end() {
    const Level& level = levels_.back();
    if (in_coordinates_ == levels_.size()) in_coordinates_ = 0;
    if (level.array) --arrays_around_;
    if (arrays_around_ == 0) consider(level);
    levels_.pop_back();
  }

  void consider(const Level& level) {
    const std::int64_t scalars = level.children - level.objects - level.arrays;
    if (level.array && level.objects > 0) offer(JsonPlace::objects, level.objects);
    else if (level.array && level.arrays > 1) offer(JsonPlace::arrays, level.arrays);
    else if (level.array && scalars > 0) offer(JsonPlace::scalars, scalars);
    else if (!level.array && level.objects * 10 >= level.children * 9 && level.objects > 1)
      offer(JsonPlace::keyed, level.objects);
  }

  void offer(JsonPlace::Shape shape, std::int64_t count) {
    JsonPlace place{shape, {}, count, 0};
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) place.path.push_back(levels_[i].key);
    if (shape == JsonPlace::objects && !describes(place.path)) ++object_arrays_;
    JsonPlace& best = best_[shape];
    const bool worse = best.count > 0 && describes(place.path) >= describes(best.path) &&
                       (describes(place.path) > describes(best.path) || count <= best.count);
    if (!worse) best = std::move(place);
  }

  void scalar() {
    if (!levels_.empty()) ++levels_.back().children;
    if (++events_ % 4096 == 0) state_ = watch_.check();
  }

  const Watch& watch_;
  std::vector<Level> levels_;
  JsonFound found_;
  std::array<JsonPlace, 5> best_;
  std::int64_t object_arrays_ = 0;
  std::size_t arrays_around_ = 0;
  std::size_t in_coordinates_ = 0;  // depth of the array, 0: not inside
  double x_ = 0;
  bool root_is_object_ = false;
  std::int64_t events_ = 0;
  Result<void> state_;
};

}  // namespace

Result<JsonFound> find_records(std::string_view text, const Watch& watch) {
  Finder finder(watch);
  MINBEN_CHECK(read_json(text, finder, watch.limits()));
  return finder.finish();
}

}  // namespace minben::intake
