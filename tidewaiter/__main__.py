from tidewaiter.cli import main

raise SystemExit(main())
