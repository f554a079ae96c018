#pragma once
// The 405 points of the metadata quality assessment of data.europa.eu (MQA), of one dataset. Values
// in, values out; thread-safe.
#include <optional>
#include <string_view>
#include <vector>

#include "catalogue/dataset.hpp"

namespace minben::quality {

/// HTTP status of the last check of an address: nothing = not checked, 0 = no answer.
struct LinkStatus {
  std::optional<int> access;
  std::optional<int> download;
};

struct MqaChecks {
  std::vector<LinkStatus> links;  ///< of the distributions, in their order; may be shorter
  std::optional<bool> conforms;   ///< to the shapes of DCAT-AP; nothing = not checked
};

enum class Dimension { findability, accessibility, interoperability, reusability, contextuality };
std::string_view to_string(Dimension dimension);

/// Why there are not all points; its text is the key "mqa_<metric>" and one of these.
enum class Lack {
  none,
  missing,
  not_answering,
  not_checked,
  not_in_vocabulary,
  proprietary,
  not_machine_readable,
  not_conforming
};
std::string_view to_string(Lack lack);

struct MqaPoint {
  std::string_view metric;  ///< "keyword", "access_url_answers" …: stable
  Dimension dimension{};
  int most = 0;
  int given = 0;  ///< of distributions: the share that has it, rounded to whole points
  Lack lack = Lack::none;
  std::vector<std::size_t> distributions;  ///< those that lack it
};

enum class Rating { bad, sufficient, good, excellent };
std::string_view to_string(Rating rating);

struct MqaScore {
  std::vector<MqaPoint> points;  ///< all 23 metrics, in the order of the assessment
  int total = 0;                 ///< 0 … 405
  Rating rating = Rating::bad;   ///< sufficient from 121, good from 221, excellent from 351
  [[nodiscard]] int of(Dimension dimension) const;
};

/// A dataset without distributions has none of the points that distributions give.
MqaScore assess(const catalogue::Dataset& dataset, const MqaChecks& checks);

inline constexpr int mqa_most = 405;
int most_of(Dimension dimension);  ///< 100, 100, 110, 75, 20
Rating rating_of(int total);

}  // namespace minben::quality
