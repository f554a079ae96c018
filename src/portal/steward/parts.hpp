#pragma once
// Private: what every page of a data steward starts from.
#include "messages/voices.hpp"
#include "open/voices_words.hpp"
#include "page/page.hpp"
#include "steward.hpp"
#include "voices/voices.hpp"

namespace minben::steward {

using open::DatasetNames;
using open::Typed;
using open::voices_text;
using page::Frame;
using page::Size;
using page::Tone;
using page::Url;
using page::Visit;
using page::Writer;

struct Parts : Dependencies {
  [[nodiscard]] Uuid new_id() const { return new_uuid(clock, random); }
  [[nodiscard]] Result<DatasetNames> names(const Visit& visit,
                                           std::span<const catalogue::DatasetId> ids) const {
    return open::dataset_names(database, catalogue, visit.language, ids);
  }
};
using Pages = page::PagesOf<Parts>;

void add_queue(Pages& pages);
void add_requests(Pages& pages);
void add_reports(Pages& pages);
void add_reuses(Pages& pages);
void add_use(Pages& pages);
void add_datasets(Pages& pages);
void add_files(Pages& pages);
void add_quality(Pages& pages);
void add_streams(Pages& pages);
void add_uploads(Pages& pages);
void add_series(Pages& pages);

enum class Section { queue, datasets, quality, streams, use, harvest };
Frame frame(const Visit& visit, std::string_view title, Section section = Section::queue);
/// "/<language>/desk/data/parts…"
Url desk_url(const Visit& visit, std::initializer_list<std::string_view> parts = {});

/// Whether the officer is a steward of the platform.
bool of_platform(const Parts& parts, const Visit& visit);

/// What an action did: back to `to` with a notice, or `again` with what was wrong. Fields of a page
/// with several forms have names of their own: `renamed` says which is which.
using Again = Result<net::Response> (*)(const Parts&, const Visit&, const Typed&);
using Renamed = std::initializer_list<std::pair<std::string_view, std::string_view>>;
Result<net::Response> done(const Parts& parts, const Visit& visit, const Result<void>& result,
                           Again again, Renamed renamed = {});

/// A form with one text, and a button that says what is done.
struct SmallForm {
  Url action;
  int version = 0;
  std::string_view field;  ///< "" = no text
  std::string_view label;
  std::string_view button;
  page::ButtonStyle style = page::ButtonStyle::secondary;
};
void small_form(Writer& page, const Visit& visit, const Typed& typed, const SmallForm& form,
                page::Content more = {});

}  // namespace minben::steward
