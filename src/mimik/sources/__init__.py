"""Where frames come from: pictures, videos, cameras and streams, all as one lazy stream."""
