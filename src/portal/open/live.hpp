#pragma once
// Private: live streams on the pages of open data.
#include "messages/live.hpp"
#include "parts.hpp"
#include "streams/live.hpp"

namespace minben::open {

/// "/<language>/datasets/NAME/live/ID"
Url live_url(const Visit& visit, const std::string& dataset, const streams::StreamId& id);
/// "即時", in a page's heading or among links.
void live_mark(Writer& page, const Visit& visit);
/// Of the dataset's streams that may be read; none where the node has none.
std::vector<streams::Stream> streams_of(const Parts& parts, const catalogue::Entry& entry);
/// Whether a distribution is live.
bool is_live(const Parts& parts, const catalogue::Entry& entry, catalogue::DistributionId id);

/// The newest of each key, at most `most`: a table that fills itself where script runs.
void live_values(Writer& page, const Parts& parts, const Visit& visit,
                 const catalogue::Entry& entry, const streams::Stream& stream, int most);
/// When the last record came, how many there were in an hour, and whether it is late.
void live_facts(Writer& page, const Parts& parts, const Visit& visit,
                const streams::Stream& stream);
/// On the dataset's page: each stream with some of its values.
void live_box(Writer& page, const Parts& parts, const Visit& visit, const catalogue::Entry& entry);

/// "2026-11-30 14:05:09", Taiwan's time of day.
std::string taiwan_time(Instant at);
std::string label_of(const streams::Field& field);

}  // namespace minben::open
