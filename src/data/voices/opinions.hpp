#pragma once
// Stars for a dataset, with what it is used for (使用目的): one opinion a person and dataset, which
// they change or take back. Everybody sees sums only.
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "voices/voices.hpp"

namespace minben::voices {

enum class Purpose { research, teaching, news, app, business, oversight, government, personal };
std::string_view to_string(Purpose purpose);
std::optional<Purpose> parse_purpose(std::string_view text);
std::span<const Purpose> purposes();

struct Opinion {
  int stars = 0;  ///< 1 … 5
  std::vector<Purpose> purposes;
};

struct OpinionSum {
  std::int64_t count = 0;
  std::array<std::int64_t, 5> of_stars{};  ///< how many gave 1 … 5
  std::map<Purpose, std::int64_t> of_purpose;
  [[nodiscard]] double mean() const;  ///< 0 when there is none
};

class Opinions {
 public:
  explicit Opinions(const Common& common) : common_(common) {}
  /// invalid "bad_stars"; not_found "no_such_dataset" also for what was withdrawn.
  Result<void> give(PersonId person, catalogue::DatasetId dataset, const Opinion& opinion);
  Result<void> take_back(PersonId person, catalogue::DatasetId dataset);
  Result<std::optional<Opinion>> of(PersonId person, catalogue::DatasetId dataset);
  Result<OpinionSum> sum(catalogue::DatasetId dataset);

 private:
  const Common& common_;
};

}  // namespace minben::voices
