#include "quality/mqa.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "catalogue/vocabulary.hpp"

namespace minben::quality {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;

namespace {

bool answers(int status) { return status >= 200 && status < 300; }

class Assessing {
 public:
  Assessing(const Dataset& dataset, const MqaChecks& checks) : dataset_(dataset), checks_(checks) {}

  /// Of the dataset as a whole.
  void whole(std::string_view metric, Dimension dimension, int most, bool has,
             Lack lack = Lack::missing) {
    points_.push_back({metric, dimension, most, has ? most : 0, has ? Lack::none : lack, {}});
  }

  /// Of each distribution: what it lacks.
  void each(std::string_view metric, Dimension dimension, int most,
            const std::function<Lack(const Distribution&, const LinkStatus&)>& lack_of) {
    MqaPoint point{metric, dimension, most, 0, Lack::none, {}};
    const std::size_t count = dataset_.distributions.size();
    for (std::size_t i = 0; i < count; ++i) {
      const LinkStatus status = i < checks_.links.size() ? checks_.links[i] : LinkStatus{};
      const Lack lack = lack_of(dataset_.distributions[i], status);
      if (lack == Lack::none) continue;
      if (point.lack == Lack::none) point.lack = lack;
      point.distributions.push_back(i);
    }
    const auto having = static_cast<int>(count - point.distributions.size());
    const auto all = static_cast<int>(count);
    if (count == 0) point.lack = Lack::missing;
    else point.given = (most * having * 2 + all) / (all * 2);
    points_.push_back(std::move(point));
  }

  MqaScore score() && {
    MqaScore out;
    for (const MqaPoint& point : points_) out.total += point.given;
    out.rating = rating_of(out.total);
    out.points = std::move(points_);
    return out;
  }

 private:
  const Dataset& dataset_;
  const MqaChecks& checks_;
  std::vector<MqaPoint> points_;
};

Lack present(bool has) { return has ? Lack::none : Lack::missing; }

Lack link_lack(bool has, const std::optional<int>& status) {
  if (!has) return Lack::missing;
  if (!status) return Lack::not_checked;
  return answers(*status) ? Lack::none : Lack::not_answering;
}

void findability(Assessing& a, const Dataset& d) {
  const auto dimension = Dimension::findability;
  a.whole("keyword", dimension, 30, !d.keywords.empty() || !d.keywords_en.empty());
  a.whole("theme", dimension, 30,
          !d.themes.empty() || !d.service_category.empty() || !d.high_value_themes.empty());
  a.whole("spatial", dimension, 20, !d.spatial.empty());
  a.whole("temporal", dimension, 20, d.temporal.from || d.temporal.to);
}

// A file without a page of its own is accessed where it is downloaded, as its DCAT says.
void accessibility(Assessing& a) {
  const auto dimension = Dimension::accessibility;
  a.each("access_url_answers", dimension, 50, [](const Distribution& d, const LinkStatus& status) {
    return d.access_url.empty() ? link_lack(!d.download_url.empty(), status.download)
                                : link_lack(true, status.access);
  });
  a.each("download_url", dimension, 20,
         [](const Distribution& d, const LinkStatus&) { return present(!d.download_url.empty()); });
  a.each("download_url_answers", dimension, 30,
         [](const Distribution& d, const LinkStatus& status) {
           return link_lack(!d.download_url.empty(), status.download);
         });
}

void interoperability(Assessing& a, const MqaChecks& checks) {
  const auto dimension = Dimension::interoperability;
  a.each("format", dimension, 20,
         [](const Distribution& d, const LinkStatus&) { return present(!d.format.empty()); });
  a.each("media_type", dimension, 10,
         [](const Distribution& d, const LinkStatus&) { return present(!d.media_type.empty()); });
  a.each("format_in_vocabulary", dimension, 10, [](const Distribution& d, const LinkStatus&) {
    if (d.format.empty() && d.media_type.empty()) return Lack::missing;
    const auto* format = vocabulary::find_format(d.format);
    if (format == nullptr) format = vocabulary::find_format(d.media_type);
    return format && !format->eu_uri.empty() ? Lack::none : Lack::not_in_vocabulary;
  });
  const auto quality_of = [&](bool vocabulary::FileFormat::* quality, Lack lack) {
    return [quality, lack](const Distribution& d, const LinkStatus&) {
      if (d.format.empty()) return Lack::missing;
      const auto* format = vocabulary::find_format(d.format);
      if (format == nullptr) return Lack::not_in_vocabulary;
      return format->*quality ? Lack::none : lack;
    };
  };
  a.each("non_proprietary", dimension, 20,
         quality_of(&vocabulary::FileFormat::non_proprietary, Lack::proprietary));
  a.each("machine_readable", dimension, 20,
         quality_of(&vocabulary::FileFormat::machine_readable, Lack::not_machine_readable));
  a.whole("dcat_ap", dimension, 30, checks.conforms.value_or(false),
          checks.conforms ? Lack::not_conforming : Lack::not_checked);
}

void reusability(Assessing& a, const Dataset& d) {
  const auto dimension = Dimension::reusability;
  const auto licence_of = [&](const Distribution& distribution) -> const std::string& {
    return distribution.licence.empty() ? d.licence : distribution.licence;
  };
  a.each("licence", dimension, 20, [&](const Distribution& distribution, const LinkStatus&) {
    return present(!licence_of(distribution).empty());
  });
  a.each("licence_in_vocabulary", dimension, 10,
         [&](const Distribution& distribution, const LinkStatus&) {
           if (licence_of(distribution).empty()) return Lack::missing;
           const auto* licence = vocabulary::find_licence(licence_of(distribution));
           return licence && !licence->eu_uri.empty() ? Lack::none : Lack::not_in_vocabulary;
         });
  a.whole("access_rights", dimension, 10,
          true);  // always said, and always in words of the vocabulary
  a.whole("access_rights_in_vocabulary", dimension, 5, true);
  a.whole("contact_point", dimension, 20, d.contact != catalogue::ContactPoint{});
  a.whole("publisher", dimension, 10, !d.publisher.value.empty());
}

void contextuality(Assessing& a, const Dataset& d) {
  const auto dimension = Dimension::contextuality;
  a.whole("rights", dimension, 5, !d.rights.empty());
  a.each("byte_size", dimension, 5, [](const Distribution& distribution, const LinkStatus&) {
    return present(distribution.byte_size.has_value());
  });
  a.whole("issued", dimension, 5, d.issued.has_value());
  a.whole("modified", dimension, 5, d.modified.has_value());
}

}  // namespace

std::string_view to_string(Dimension dimension) {
  constexpr std::array<std::string_view, 5> words{
      "findability", "accessibility", "interoperability", "reusability", "contextuality"};
  return words.at(static_cast<std::size_t>(dimension));
}

std::string_view to_string(Lack lack) {
  constexpr std::array<std::string_view, 8> words{"none",
                                                  "missing",
                                                  "not_answering",
                                                  "not_checked",
                                                  "not_in_vocabulary",
                                                  "proprietary",
                                                  "not_machine_readable",
                                                  "not_conforming"};
  return words.at(static_cast<std::size_t>(lack));
}

std::string_view to_string(Rating rating) {
  constexpr std::array<std::string_view, 4> words{"bad", "sufficient", "good", "excellent"};
  return words.at(static_cast<std::size_t>(rating));
}

int MqaScore::of(Dimension dimension) const {
  int sum = 0;
  for (const MqaPoint& point : points)
    if (point.dimension == dimension) sum += point.given;
  return sum;
}

MqaScore assess(const Dataset& dataset, const MqaChecks& checks) {
  Assessing assessing(dataset, checks);
  findability(assessing, dataset);
  accessibility(assessing);
  interoperability(assessing, checks);
  reusability(assessing, dataset);
  contextuality(assessing, dataset);
  return std::move(assessing).score();
}

int most_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::findability:
    case Dimension::accessibility:
      return 100;
    case Dimension::interoperability:
      return 110;
    case Dimension::reusability:
      return 75;
    case Dimension::contextuality:
      return 20;
  }
  return 0;
}

Rating rating_of(int total) {
  if (total >= 351) return Rating::excellent;
  if (total >= 221) return Rating::good;
  return total >= 121 ? Rating::sufficient : Rating::bad;
}

}  // namespace minben::quality
