#pragma once
// What the officers of all agencies get done on one working day.
#include "casework/casework.hpp"
#include "staff.hpp"

namespace minben::app::demo {

/// Chances decide who takes what and what comes of it, so that queues, delays, supplements and
/// refusals spread as in offices.
class OfficeDay {
 public:
  OfficeDay(casework::Casework& casework, const Staff& staff, Random& luck)
      : casework_(casework), staff_(staff), luck_(luck) {}

  Result<void> work();

 private:
  Result<void> work_on(const identity::Officer& officer, const casework::TaskRow& row);
  Result<void> look(const identity::Officer& officer, const casework::TaskRow& task);
  Result<void> finish(const identity::Officer& officer, const casework::TaskRow& task);
  Result<void> ask(const identity::Officer& officer, const casework::TaskRow& task);
  Result<void> confirm(const identity::Officer& officer, const casework::TaskRow& task);
  [[nodiscard]] bool chance(int percent) { return static_cast<int>(luck_.below(100)) < percent; }

  casework::Casework& casework_;
  const Staff& staff_;
  Random& luck_;
};

}  // namespace minben::app::demo
