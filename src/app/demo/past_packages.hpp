#pragma once
// The packages as the demonstration country served them until lately, so that cases run under more
// than one version and something was stuck.
#include <filesystem>

#include "casework/package.hpp"
#include "core/core.hpp"

namespace minben::app::demo {

/// The Gold Card as it was before its current version. It knew joint reviews of applicants abroad
/// only: who applied from Taiwan and had been employed in the PRC finds no way on, which went
/// unnoticed because there are few of them. not_found "not_as_expected" when the current package
/// does not say what this is derived from.
Result<casework::PackageFiles> former_gold_card(casework::PackageFiles files);

/// A copy of today's packages in a folder of its own, the Gold Card as it was.
class PastPackages {
 public:
  static Result<PastPackages> lay_out(const std::filesystem::path& today,
                                      std::filesystem::path folder);
  /// From now on the Gold Card is today's here, too.
  Result<void> catch_up() const;
  void remove() const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  PastPackages(std::filesystem::path today, std::filesystem::path folder)
      : today_(std::move(today)), folder_(std::move(folder)) {}
  std::filesystem::path today_, folder_;
};

}  // namespace minben::app::demo
