#include <spdlog/spdlog.h>

#include "core/crew.hpp"
#include "search.hpp"

namespace minben::catalogue {

struct Follower::Impl {
  Crew crew;
  std::unique_ptr<store::Listener> listener;  ///< last: it wakes the crew
};

Follower::Follower(store::Database& database, const Catalogue& catalogue, Index& index)
    : impl_(new Impl) {
  Crew& crew = impl_->crew;
  impl_->listener =
      std::make_unique<store::Listener>(database, std::vector<std::string>{std::string(topic)},
                                        [&crew](const store::Event&) { crew.wake(); });
  crew.start(1, seconds{2}, [&database, &catalogue, &index, &crew] {
    const auto taken = index.follow(database, catalogue, [&crew] { return crew.stopping(); });
    if (!taken) spdlog::warn("catalogue index: {}", describe(taken.error()));
    return false;
  });
}

Follower::~Follower() = default;

}  // namespace minben::catalogue
