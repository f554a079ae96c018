#pragma once
// Small words of documents and explanations, in both languages at once.
#include <string>
#include <vector>

#include "casework/package.hpp"

namespace minben::casework {

Bilingual joined(const std::vector<Bilingual>& values);  ///< with the comma of each language
Bilingual long_date_in_both(Date date);
Bilingual yes_or_no(bool value);
/// Text "agency.<code>" of the package; the code when there is none.
Bilingual named_agency(const Package& package, const AgencyCode& agency);
/// Text "decision.<name>" of the package; the name in the model when there is none.
Bilingual named_decision(const Package& package, const std::string& name);
/// A text of the package in both languages; the key itself when there is none.
Bilingual both(const Package& package, const std::string& key);

}  // namespace minben::casework
