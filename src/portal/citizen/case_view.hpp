#pragma once
// Private: pieces that several pages of a case show.
#include "parts.hpp"

namespace minben::citizen {

struct MyCase {
  casework::CaseView view;
  casework::PackagePtr package;  ///< the version the case is pinned to
};
Result<MyCase> open_case(const Parts& parts, const Visit& visit);

Url case_url(const Visit& visit, CaseId id, std::initializer_list<std::string_view> more = {});
/// Frame of a page below the case's own: breadcrumbs lead back to it.
Frame case_frame(const Visit& visit, const MyCase& mine, std::string_view title);

/// The case's steps in their order, as words: what is done, where it stands, what is to come.
void steps_list(Writer& page, const Visit& visit, const MyCase& mine);

}  // namespace minben::citizen
