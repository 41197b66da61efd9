"""The gRPC door: authenticate, call one verb of the platform, convert. Nobody else imports grpc or the generated code."""
