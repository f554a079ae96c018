#pragma once
// The quality badge of Taiwan's open data (資料品質標章): bronze when the data is there to be had
// (可取得), silver when programs can process it (易於被處理), gold when it is what it says it is
// (易於理解), platinum when it is also as new as promised. Values in, values out; thread-safe.
//
// The public sources give the criteria but no thresholds: a distribution that fails fails its
// dataset.
#include <string_view>
#include <vector>

#include "catalogue/dataset.hpp"

namespace minben::quality {

enum class Badge { none, bronze, silver, gold, platinum };
std::string_view badge_name(Badge badge);  ///< 金, 銀, 銅, 白金; "" = none
std::string_view to_string(Badge badge);   ///< "none", "bronze", "silver", "gold", "platinum"
/// Of agencies in awards: gold and platinum 100, silver 60, bronze 30.
int badge_weight_percent(Badge badge);

/// Of one check. `exempt`: on the list of what cannot be checked (白名單), or it does not apply.
enum class Finding { passed, failed, not_checked, exempt };
std::string_view to_string(Finding finding);  ///< "passed", "failed", "not_checked", "exempt"
/// As the quality API writes it: "1", "0", "", "無(白名單)".
std::string_view national_value(Finding finding);

/// What the checks of a distribution found.
struct Findings {
  Finding linkable = Finding::not_checked;      ///< its address answers
  Finding downloadable = Finding::not_checked;  ///< the file comes without a page between
  Finding structured = Finding::not_checked;    ///< rows or features that programs read (structure)
  Finding encoding = Finding::not_checked;      ///< is what is said (encoding_match)
  Finding description = Finding::not_checked;   ///< columns are those described (desc_match)
};

/// failed is worse than not checked, and that worse than met; all exempt is exempt.
Finding worse(Finding a, Finding b);

/// One criterion of a badge, over all distributions.
struct Criterion {
  std::string_view code;  ///< "linkable", "downloadable", "structure", "encoding_match",
                          ///< "desc_match", "timely"; the key of its text
  Badge needed_for{};
  Finding finding = Finding::not_checked;  ///< the worst of all distributions
  std::vector<std::size_t> distributions;  ///< that failed or were not checked
};

struct BadgeResult {
  Badge badge = Badge::none;
  std::vector<Criterion> criteria;  ///< all six, in the order of the badges
  /// What would raise it: the criteria of the next badge that are not met; empty at platinum.
  std::vector<Criterion> to_raise;
};

/// `findings` in the order of the distributions; what is missing was not checked. What was not
/// checked does not count as met. A dataset without distributions has no badge.
BadgeResult judge(const catalogue::Dataset& dataset, const std::vector<Findings>& findings,
                  Finding timely);

/// Whether the data is as new as promised. Exempt when there is no rhythm (irregular, once, live
/// data); not_checked when nothing was promised or it was never said when it changed.
Finding timeliness(const catalogue::Dataset& dataset, Instant now);

}  // namespace minben::quality
