#pragma once
// The live data of the demonstration country: bicycle stations that tell how full they are, by a
// program of their own.
#include "../open_data.hpp"
#include "plan.hpp"

namespace minben::app::demo {

/// From packages/open-data/streams.json: datasets with their streams, and a key for the program
/// that feeds them, both told to it by files below `directory`.
Result<void> publish_streams(const Config& config, OpenData& open_data, Platform& platform,
                             const std::filesystem::path& directory);

/// Where they are, in the country's directory.
std::filesystem::path stations_directory(const std::filesystem::path& country);
/// The command line of the program; nothing when the country was made without it.
std::vector<std::string> stations_command(const std::filesystem::path& country, const Ports& ports);

}  // namespace minben::app::demo
