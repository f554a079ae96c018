#pragma once
// Operations (operations.hpp) over the parts of a running gateway.
#include "delivery.hpp"
#include "log_level.hpp"
#include "parts.hpp"
#include "serving.hpp"
#include "traffic.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

class Operating final : public Operations {
 public:
  struct Seen {
    const Administrator& administrator;
    const Delivery& delivery;
    const Traffic& traffic;
    const Witnessed& witnessed;
    LogLevel& log_level;
    Serving& serving;
    Instant started_at;
  };
  /// All outlive it.
  Operating(const Parts& parts, const Seen& seen) : parts_(parts), seen_(seen) {}

  [[nodiscard]] Overview overview() const override;
  [[nodiscard]] bool is_administrator(std::string_view secret) const override {
    return seen_.administrator.knows(secret);
  }
  [[nodiscard]] bool is_near(const net::Request& request) const override {
    return seen_.administrator.is_near(request);
  }
  Result<Instant> raise_log_level(std::string_view level, seconds for_s) override {
    return seen_.log_level.raise(level, for_s);
  }
  Result<exchange::DecisionTrace> explain(const TraceQuestion& question) override;

 private:
  const Parts parts_;
  const Seen seen_;
};

}  // namespace minben::gateway
