#pragma once
// A person's data from a register as a PDF to read and print.
#include "mydata/requests.hpp"

namespace minben::app {

/// A title, the agency's name and code, a row for each field. Errors of documents::render_pdf.
Result<std::string> data_document(const mydata::Resource& resource, const Json& data, Instant at);

}  // namespace minben::app
