#pragma once
// What changes of a ledger's key have in common, wherever its logs are kept (logs.hpp).
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/logs.hpp"

namespace minben::ledger {

/// Writes the first entry of the log that continues a sealed one, when it has none yet. May be
/// called again, and by several at once: all write the same. conflict "wrong_predecessor" when it
/// begins otherwise.
Result<void> begin_after(const Log& sealed, Log& successor);

/// Where the key of log `number` is kept.
using KeyFile = std::function<std::filesystem::path(int number)>;
/// The keys in files. not_found "no_ledger_key".
Logs::KeyOf keys_in(KeyFile file_of);
/// vkeys of log `first` of this ledger and of those after it, as far as their keys are there.
Result<std::vector<std::string>> vkeys_in(const KeyFile& file_of, std::string_view origin,
                                          int first);
/// Makes the key of log `number` when it is missing; the log's vkey.
Result<std::string> prepare_key(const KeyFile& file_of, std::string_view origin, int number);

}  // namespace minben::ledger
