#pragma once
// Private: what the pages on which datasets are written and published share.
#include "messages/steward.hpp"
#include "parts.hpp"

namespace minben::steward {

using catalogue::Dataset;
using catalogue::Entry;

/// The publishers of the officer's agency.
Result<std::vector<catalogue::Publisher>> own_publishers(const Parts& parts, const Visit& visit);
/// What a dataset of the agency may be of.
struct Own {
  std::vector<catalogue::Publisher> publishers;
  std::vector<catalogue::Series> series;  ///< of these publishers
  [[nodiscard]] bool has(const catalogue::PublisherCode& code) const;
};
Result<Own> own_lists(const Parts& parts, const Visit& visit);
/// The dataset of the path's {dataset}, when the officer's agency publishes it; else not_found.
Result<Entry> own_dataset(const Parts& parts, const Visit& visit);
/// The draft when there is one, else what is published.
Result<Dataset> working_copy(const Parts& parts, const Entry& entry);

/// The badge of a published dataset, and where its reasons are.
void quality_line(Writer& page, const Parts& parts, const Visit& visit, const Entry& entry);

Url dataset_url(const Visit& visit, const catalogue::DatasetId& id,
                std::initializer_list<std::string_view> more = {});
catalogue::Actor actor_of(const Visit& visit);

/// On the page of a dataset: its live streams, and the way to a new one.
void stream_links(Writer& page, const Parts& parts, const Visit& visit, const Dataset& dataset);

/// What was typed, read into a dataset; faults by the names of the fields.
std::vector<page::ErrorLine> read_form(const Visit& visit, const Own& own, Dataset& dataset);
/// A fault of the catalogue, at the field that it concerns.
page::ErrorLine line_of(const Visit& visit, const Error& fault);
void dataset_form(Writer& page, const Visit& visit, const Dataset& dataset, const Own& own,
                  const std::vector<page::ErrorLine>& errors);

}  // namespace minben::steward
