#pragma once
// Publishers compared, today and over time. Figures of a day are kept for ever: one row a publisher
// and day. Thread-safe; transactions are the caller's.
#include <optional>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "store/store.hpp"

namespace minben::quality {

struct Figures {
  std::int64_t datasets = 0;
  std::int64_t checked = 0;  ///< of those: the others wait for their first check
  std::int64_t bronze = 0, silver = 0, gold = 0, platinum = 0;
  std::int64_t links = 0, broken = 0;
  std::int64_t mqa = 0;  ///< sum of points

  [[nodiscard]] std::int64_t without() const {  ///< checked, and no badge
    return checked - bronze - silver - gold - platinum;
  }
  /// Badges by badge_weight_percent(), of all that were checked: 0 … 100; 0 when none was.
  [[nodiscard]] double score() const;
  [[nodiscard]] double mqa_mean() const;      ///< 0 … 405
  [[nodiscard]] double broken_share() const;  ///< 0 … 1
  Figures& operator+=(const Figures& other);
  friend bool operator==(const Figures&, const Figures&) = default;
};

struct PublisherFigures {
  Date begins{};  ///< of the period; of figures of now the day
  catalogue::PublisherCode publisher;
  Figures figures;
};

/// Of now, by score, then by datasets, the best first.
Result<std::vector<PublisherFigures>> figures_now(store::Transaction& tx);

enum class Span { day, week, month };
/// As they were on the last day of each period that has figures, the oldest first, then by
/// publisher; `count` periods up to the present one (1 … 1,000). Weeks begin on Mondays.
Result<std::vector<PublisherFigures>> figures_over_time(
    store::Transaction& tx, Span span, int count,
    const std::optional<catalogue::PublisherCode>& publisher = {});
/// All publishers of each period together; their code is empty.
std::vector<PublisherFigures> summed(const std::vector<PublisherFigures>& by_publisher);

/// "period,publisher,datasets,…"; a row a line.
std::string figures_csv(const std::vector<PublisherFigures>& rows);
Json figures_json(const std::vector<PublisherFigures>& rows);

}  // namespace minben::quality
