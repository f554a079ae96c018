#pragma once
// Private: entries of the showcase as rows.
#include "common.hpp"
#include "voices/showcase.hpp"

/// Without the picture.
#define MINBEN_REUSE_COLUMNS                                                            \
  "reuse_id, person_id, name, kind, title, words, url, picture_type, datasets, state, " \
  "reason, version, sent_at, shown_at, broken_since"

namespace minben::voices {

Reuse reuse_of(const store::Row& row);  ///< without the author's name
std::vector<Reuse> reuses(const store::Rows& rows);
Result<Picture> picture_of(const store::Rows& rows);  ///< not_found "no_picture"

}  // namespace minben::voices
