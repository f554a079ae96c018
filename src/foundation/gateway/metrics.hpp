#pragma once
// What a gateway counts, in Prometheus' text form (exposition format 0.0.4). Labels are bounded: at
// most max_series of service × status class × error code; what comes after them counts as "other".
//
// An exchange is counted on the journal's thread, which sees each one once, when it is durable or
// could not be made so. Only that thread writes these numbers, so that no call waits for another.
#include <atomic>
#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "operations.hpp"
#include "record.hpp"

namespace minben::gateway {

class Metrics {
 public:
  static constexpr std::size_t max_series = 400;

  Metrics();
  /// Of the journal's thread only. `outcome`: of making it durable; `now`: when that ended.
  void recorded(const ExchangeRecord& record, const Result<void>& outcome, Instant now);
  /// A request that is not on record, since nobody knows for certain who sent it. Thread-safe.
  void refused(Role side, std::string_view code, int status);
  /// Everything counted, and `present`: what was measured for this answer. Thread-safe.
  [[nodiscard]] std::string text(std::vector<prometheus::MetricFamily> present) const;

  /// Exchanges with an error, on record or not, by side and code; the most frequent first.
  /// Thread-safe.
  [[nodiscard]] std::vector<Denials> denials() const;

  std::atomic<int> channels = 0;  ///< of peers, open now

 private:
  using Counters = std::map<std::string, prometheus::Counter*, std::less<>>;
  prometheus::Counter& counter(Counters& known, Role side, std::string_view service, int status,
                               std::string_view code);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& exchanges_;
  prometheus::Family<prometheus::Histogram>& whole_;
  prometheus::Family<prometheus::Histogram>& other_end_;
  prometheus::Family<prometheus::Histogram>& journal_;
  prometheus::Family<prometheus::Histogram>& sizes_;
  struct Side {
    prometheus::Histogram& whole;
    prometheus::Histogram& other_end;
    prometheus::Histogram& request_bytes;
    prometheus::Histogram& response_bytes;
  };
  Side make_side(std::string_view name);
  Side asked_;
  Side served_;
  prometheus::Histogram& durable_;
  Counters recorded_;  ///< of the journal's thread
  std::mutex mutex_;
  Counters refused_;
};

/// Counts something while it lives.
class CountedWhile {
 public:
  explicit CountedWhile(std::atomic<int>& count) : count_(count) { ++count_; }
  ~CountedWhile() { --count_; }
  CountedWhile(const CountedWhile&) = delete;
  CountedWhile& operator=(const CountedWhile&) = delete;

 private:
  std::atomic<int>& count_;
};

}  // namespace minben::gateway
