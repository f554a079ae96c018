#pragma once
// Private: what the pages of files and of uploads share.
#include "messages/uploads.hpp"
#include "publishing.hpp"
#include "uploads/uploads.hpp"

namespace minben::steward {

Url upload_url(const Visit& visit, const catalogue::DatasetId& dataset, uploads::UploadId id,
               std::initializer_list<std::string_view> more = {});
/// In words; a general sentence for codes without a text.
std::string upload_fault(Language language, std::string_view code);

/// Of a dataset: those that wait, are read, or are to be decided on.
Result<std::vector<uploads::Upload>> uploads_under_way(const Parts& parts,
                                                       const catalogue::DatasetId& dataset);
/// Nothing when there are none.
void uploads_list(Writer& page, const Visit& visit, std::span<const uploads::Upload> all);

}  // namespace minben::steward
