#pragma once
// How long a record of a live stream is on its way to thousands who follow it on one node: from the
// call that publishes it to the receipt by the last of them, who are in another process.
#include <filesystem>
#include <string>
#include <vector>

namespace minben::bench {

/// Adds its figures to `lines`.
void follow_streams(int followers, const std::filesystem::path& folder,
                    const std::string& database_url, std::vector<std::string>& lines);
/// The other process: argv of `follow PORT PATH COUNT`.
int run_followers(int argc, char** argv);

}  // namespace minben::bench
